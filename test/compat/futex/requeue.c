/* Requeueing wakes some, moves some, and leaves the rest; the moved wake by the other word. */
#include "futex.h"

enum {
    WAITERS = 6
};
static volatile int from, to;
static volatile int awake;

static void *waiter(void *arg)
{
    long ret = futex(&from, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);

    __atomic_add_fetch(&awake, 1, __ATOMIC_SEQ_CST);
    return (void *)(ret == -1 ? errno : (long)arg);
}

/* Moves the sleepers to the other word until all have come, and then all of them back. */
static void wait_until_asleep(int n)
{
    int moved = 0;

    while (moved < n) {
        moved += futex(&from, FUTEX_CMP_REQUEUE_PRIVATE, 0, (void *)(long)INT_MAX, &to, 0);
        sched_yield();
    }
    CHECK(moved == n);
    CHECK(futex(&to, FUTEX_CMP_REQUEUE_PRIVATE, 0, (void *)(long)INT_MAX, &from, 0) == n);
}

int main(void)
{
    pthread_t threads[WAITERS];

    for (int i = 0; i < WAITERS; i++)
        threads[i] = start_thread(waiter, NULL);
    wait_until_asleep(WAITERS);
    SHOW(futex(&from, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)2, &to, 99));
    SHOW(futex(&from, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)2, &to, 0));
    SHOW(futex(&to, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0));
    SHOW(futex(&from, FUTEX_REQUEUE_PRIVATE, 1, (void *)1, &to, 0));
    SHOW(futex(&from, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0));
    SHOW(futex(&to, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0));
    for (int i = 0; i < WAITERS; i++)
        CHECK(join_thread(threads[i]) == NULL);
    SAY("awake %d", awake);
    return 0;
}
