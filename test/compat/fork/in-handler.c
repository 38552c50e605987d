/* fork(2) in a signal handler: the child returns from the handler too. */
#include "fork.h"

static volatile pid_t child = -1;

static void handler(int sig)
{
    (void)sig;
    child = fork();
}

int main(void)
{
    double before = 1.5;
    volatile double factor = 2.5;
    sigset_t set;

    on_signal(SIGUSR1, handler, 0);
    fflush(stdout);
    raise(SIGUSR1);
    before *= factor;
    pthread_sigmask(SIG_BLOCK, NULL, &set);
    CHECK(child >= 0);
    if (child > 0)
        reap("child", child);
    SAY("%s: %.2f masked %d", child ? "parent" : "child", before, sigismember(&set, SIGUSR1));
    if (child == 0) {
        raise(SIGUSR1); /* forks again: a grandchild */
        if (child > 0)
            reap("grandchild", child);
        exit(child ? 4 : 5);
    }
    return 0;
}
