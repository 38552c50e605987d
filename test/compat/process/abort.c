/*
 * abort ends the program by SIGABRT, although it is blocked and ignored.
 *
 * exit: 134
 * report: SIGABRT
 * variants: glibc musl
 */
#include "compat.h"

int main(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGABRT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGABRT, SIG_IGN);
    SAY("aborting");
    abort();
}
