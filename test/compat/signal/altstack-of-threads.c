/* Each thread has an alternate stack of its own, none at first. */
#include "compat.h"

enum {
    SIZE = 32 << 10
};
static __thread char *mine;

static void on_usr1(int sig)
{
    char here;

    (void)sig;
    CHECK(&here > mine && &here < mine + SIZE);
}

static void *work(void *arg)
{
    stack_t alt = {.ss_size = SIZE};
    stack_t now;

    MUST(sigaltstack(NULL, &now));
    CHECK(now.ss_flags == SS_DISABLE);
    mine = malloc(SIZE);
    alt.ss_sp = mine;
    MUST(sigaltstack(&alt, NULL));
    for (int i = 0; i < 100; i++) {
        pthread_kill(pthread_self(), SIGUSR1);
        if (i % 10 == 0)
            sched_yield();
    }
    return arg;
}

int main(void)
{
    pthread_t threads[8];

    on_signal(SIGUSR1, on_usr1, SA_ONSTACK);
    for (int i = 0; i < 8; i++)
        threads[i] = start_thread(work, NULL);
    for (int i = 0; i < 8; i++)
        join_thread(threads[i]);
    SAY("each on its own");
    return 0;
}
