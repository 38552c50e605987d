/*
 * A fault whose signal is blocked, though handled, ends the program.
 *
 * exit: 139
 * report: SIGSEGV
 */
#include "compat.h"

static volatile int *volatile nowhere = (int *)16;

static void on_segv(int sig)
{
    (void)sig;
    SAY("not called");
}

int main(void)
{
    sigset_t set;

    on_signal(SIGSEGV, on_segv, 0);
    sigemptyset(&set);
    sigaddset(&set, SIGSEGV);
    MUST(sigprocmask(SIG_BLOCK, &set, NULL));
    SAY("blocked");
    *nowhere = 1;
    return 0;
}
