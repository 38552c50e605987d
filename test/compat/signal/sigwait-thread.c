/* A thread in sigwait takes what is sent to the process, while the others block it. */
#include "compat.h"

static void *waiter(void *arg)
{
    sigset_t *set = arg;
    int sig;

    for (;;) {
        CHECK(sigwait(set, &sig) == 0);
        SAY("took %s", sig == SIGTERM ? "SIGTERM" : sig == SIGUSR1 ? "SIGUSR1" : "?");
        if (sig == SIGTERM)
            return NULL;
    }
}

int main(void)
{
    pthread_t thread;
    sigset_t set, pending;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGTERM);
    CHECK(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
    thread = start_thread(waiter, &set);
    for (int i = 0; i < 3; i++) {
        MUST(kill(getpid(), SIGUSR1));
        do {
            sched_yield();
            sigpending(&pending);
        } while (sigismember(&pending, SIGUSR1));
    }
    MUST(kill(getpid(), SIGTERM));
    join_thread(thread);
    return 0;
}
