/* The waiter of a robust mutex is woken by its owner's death. */
#include "compat.h"

static pthread_mutex_t mutex;
static pthread_barrier_t barrier;

static void *owner(void *arg)
{
    CHECK(pthread_mutex_lock(&mutex) == 0);
    pthread_barrier_wait(&barrier);
    sleep_ms(20);
    return arg;
}

int main(void)
{
    pthread_mutexattr_t attr;
    pthread_t thread;

    pthread_barrier_init(&barrier, NULL, 2);
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&mutex, &attr);
    thread = start_thread(owner, NULL);
    pthread_barrier_wait(&barrier);
    SHOW_ERR(pthread_mutex_lock(&mutex));
    join_thread(thread);
    return 0;
}
