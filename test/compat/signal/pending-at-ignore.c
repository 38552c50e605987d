/* A pending signal is dropped when it becomes ignored. */
#include "compat.h"

int main(void)
{
    sigset_t set, pending;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    MUST(sigprocmask(SIG_BLOCK, &set, NULL));
    raise(SIGUSR1);
    sigpending(&pending);
    SHOW(sigismember(&pending, SIGUSR1));
    signal(SIGUSR1, SIG_IGN);
    sigpending(&pending);
    SHOW(sigismember(&pending, SIGUSR1));
    signal(SIGUSR1, SIG_DFL);
    SHOW(sigprocmask(SIG_UNBLOCK, &set, NULL));
    SAY("alive");
    return 0;
}
