/* 3000 threads at once, all waiting, then all woken together and gone. */
#include "compat.h"

enum {
    THREADS = 3000
};
static pthread_barrier_t all;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t go = PTHREAD_COND_INITIALIZER;
static int gone, count;

static void *work(void *arg)
{
    pthread_barrier_wait(&all);
    pthread_mutex_lock(&mutex);
    while (!gone)
        pthread_cond_wait(&go, &mutex);
    count++;
    pthread_mutex_unlock(&mutex);
    return arg;
}

int main(void)
{
    static pthread_t threads[THREADS];
    pthread_attr_t attr;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 64 << 10);
    pthread_barrier_init(&all, NULL, THREADS + 1);
    for (long i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], &attr, work, (void *)i) == 0);
    pthread_barrier_wait(&all);
    pthread_mutex_lock(&mutex);
    gone = 1;
    pthread_cond_broadcast(&go);
    pthread_mutex_unlock(&mutex);
    for (long i = 0; i < THREADS; i++)
        CHECK(join_thread(threads[i]) == (void *)i);
    SAY("%d threads", count);
    return 0;
}
