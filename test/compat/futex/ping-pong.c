/* Two threads wake each other in turn, many times. */
#include "futex.h"

enum {
    ROUNDS = 20000
};
static volatile int turn;

static void play(int me)
{
    for (int i = 0; i < ROUNDS; i++) {
        while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != me)
            futex(&turn, FUTEX_WAIT_PRIVATE, !me, NULL, NULL, 0);
        __atomic_store_n(&turn, !me, __ATOMIC_RELEASE);
        futex(&turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    }
}

static void *second(void *arg)
{
    play(1);
    return arg;
}

int main(void)
{
    pthread_t thread = start_thread(second, NULL);

    play(0);
    join_thread(thread);
    SAY("turn %d after %d rounds", turn, ROUNDS);
    return 0;
}
