/*
 * A contended mutex lets one in at a time, and all of them in the end.
 *
 * variants: glibc musl musl-static
 */
#include "compat.h"

enum {
    THREADS = 8,
    ROUNDS = 20000
};
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long count;
static int inside;

static void *work(void *arg)
{
    (void)arg;
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&mutex);
        CHECK(inside++ == 0);
        count++;
        if (i % 64 == 0)
            sched_yield();
        inside--;
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++)
        threads[i] = start_thread(work, NULL);
    for (int i = 0; i < THREADS; i++)
        join_thread(threads[i]);
    SAY("%ld", count);
    return 0;
}
