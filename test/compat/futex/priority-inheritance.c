/* Mutexes with priority inheritance work as any other. */
#include "compat.h"

enum {
    THREADS = 4,
    ROUNDS = 500
};
static pthread_mutex_t mutex;
static int count;

static void *work(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        CHECK(pthread_mutex_lock(&mutex) == 0);
        count++;
        CHECK(pthread_mutex_unlock(&mutex) == 0);
    }
    return arg;
}

int main(void)
{
    pthread_mutexattr_t attr;
    pthread_t threads[THREADS];

    pthread_mutexattr_init(&attr);
    SHOW_ERR(pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT));
    SHOW_ERR(pthread_mutex_init(&mutex, &attr));
    for (int i = 0; i < THREADS; i++)
        threads[i] = start_thread(work, NULL);
    for (int i = 0; i < THREADS; i++)
        join_thread(threads[i]);
    SAY("count %d", count);
    return 0;
}
