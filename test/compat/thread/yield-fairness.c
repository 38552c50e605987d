/* sched_yield lets everybody have a turn: of threads that only yield, none falls far behind. */
#include "compat.h"

enum {
    THREADS = 8,
    ROUNDS = 2000
};
static volatile int started, ended;
static volatile int rounds[THREADS];

static void *work(void *arg)
{
    long me = (long)arg;

    __atomic_add_fetch(&started, 1, __ATOMIC_SEQ_CST);
    while (started < THREADS)
        sched_yield();
    while (rounds[me] < ROUNDS) {
        rounds[me]++;
        sched_yield();
    }
    if (__atomic_add_fetch(&ended, 1, __ATOMIC_SEQ_CST) == 1)
        for (int i = 0; i < THREADS; i++)
            CHECK(rounds[i] > 0);
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];

    for (long i = 0; i < THREADS; i++)
        threads[i] = start_thread(work, (void *)i);
    for (int i = 0; i < THREADS; i++)
        join_thread(threads[i]);
    SAY("all had turns");
    return 0;
}
