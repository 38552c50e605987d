/* A wake by bits reaches the waiters whose bits meet. */
#include "futex.h"

static volatile int word;

static void *waiter(void *arg)
{
    long ret = futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, (unsigned)(long)arg);

    return (void *)(ret == -1 ? errno : ret);
}

static void wake_bits(unsigned bits)
{
    while (futex(&word, FUTEX_WAKE_BITSET_PRIVATE, INT_MAX, NULL, NULL, bits) == 0)
        sched_yield();
}

int main(void)
{
    pthread_t one = start_thread(waiter, (void *)1);
    pthread_t two = start_thread(waiter, (void *)2);
    pthread_t both = start_thread(waiter, (void *)12);

    SHOW(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, INT_MAX, NULL, NULL, 0x100));
    wake_bits(2);
    SHOW((long)join_thread(two));
    wake_bits(8 | 2);
    SHOW((long)join_thread(both));
    wake_one(&word);
    SHOW((long)join_thread(one));
    return 0;
}
