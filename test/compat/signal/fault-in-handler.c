/*
 * A fault in the handler of that fault ends the program: it is blocked there.
 *
 * exit: 139
 * report: SIGSEGV
 */
#include "compat.h"

static volatile int *volatile nowhere = (int *)16;

static void on_segv(int sig)
{
    SAY("signal %d", sig);
    *nowhere = 1;
    SAY("not reached");
}

int main(void)
{
    on_signal(SIGSEGV, on_segv, 0);
    *nowhere = 1;
    return 0;
}
