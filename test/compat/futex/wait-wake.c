/* A waiter sleeps while the word has the value it saw, and is woken by a wake on that word only. */
#include "futex.h"

static volatile int word, other, awake;

static void *waiter(void *arg)
{
    long ret = futex(&word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);

    __atomic_add_fetch(&awake, 1, __ATOMIC_SEQ_CST);
    return (void *)(ret == -1 ? errno : ret + (long)arg * 0);
}

int main(void)
{
    pthread_t threads[5];

    SHOW(futex(&word, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0));
    SHOW(futex(&word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
    for (int i = 0; i < 5; i++)
        threads[i] = start_thread(waiter, NULL);
    SHOW(futex(&other, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0));
    for (int i = 0; i < 5; i++)
        wake_one(&word);
    for (int i = 0; i < 5; i++)
        SHOW((long)join_thread(threads[i]));
    SAY("awake %d", awake);
    SHOW(futex(&word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0));
    return 0;
}
