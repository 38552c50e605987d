/* Barriers hold all threads of a round together; one of each round is the serial one. */
#include "compat.h"

enum {
    THREADS = 12,
    ROUNDS = 100
};
static pthread_barrier_t barrier;
static int arrived, serial;

static void *work(void *arg)
{
    (void)arg;
    for (int round = 1; round <= ROUNDS; round++) {
        __atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST);
        if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
            __atomic_add_fetch(&serial, 1, __ATOMIC_SEQ_CST);
        CHECK(__atomic_load_n(&arrived, __ATOMIC_SEQ_CST) >= round * THREADS);
        pthread_barrier_wait(&barrier);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];

    SHOW_ERR(pthread_barrier_init(&barrier, NULL, 0));
    SHOW_ERR(pthread_barrier_init(&barrier, NULL, THREADS));
    for (int i = 0; i < THREADS; i++)
        threads[i] = start_thread(work, NULL);
    for (int i = 0; i < THREADS; i++)
        join_thread(threads[i]);
    SAY("arrived %d serial %d", arrived, serial);
    return 0;
}
