/*
 * abort after a handler that returns still ends the program.
 *
 * exit: 134
 * report: SIGABRT
 */
#include "compat.h"

static void on_abort(int sig)
{
    (void)sig;
    SAY("handled");
}

int main(void)
{
    on_signal(SIGABRT, on_abort, 0);
    abort();
}
