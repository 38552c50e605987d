/*
 * Threads, thread-local variables and locks of two programs do not meet, although their addresses
 * may.
 *
 * roles: one two
 * variants: glibc musl
 */
#include "echo.h"

enum {
    THREADS = 6,
    ROUNDS = 2000
};
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static __thread int mine;
static long count;

static void *work(void *arg)
{
    mine = (int)(long)arg;
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&mutex);
        count++;
        if (i % 50 == 0)
            sched_yield();
        pthread_mutex_unlock(&mutex);
        CHECK(mine == (long)arg);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    bool one = is_role(argc, argv, "one");
    pthread_t threads[THREADS];

    for (long i = 0; i < THREADS; i++)
        threads[i] = start_thread(work, (void *)(i + one * 100));
    for (int i = 0; i < THREADS; i++)
        join_thread(threads[i]);
    SAY("%ld", count);
    return 0;
}
