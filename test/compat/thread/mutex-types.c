/* Mutexes: error-checking, recursive, trylock, timed. */
#include "compat.h"

static pthread_mutex_t mutex;

static void make(int type)
{
    pthread_mutexattr_t attr;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, type);
    pthread_mutex_init(&mutex, &attr);
}

static void *other(void *arg)
{
    struct timespec deadline;

    (void)arg;
    SHOW_ERR(pthread_mutex_trylock(&mutex));
    SHOW_ERR(pthread_mutex_unlock(&mutex));
    clock_gettime(CLOCK_REALTIME, &deadline);
    SHOW_ERR(pthread_mutex_timedlock(&mutex, &deadline));
    deadline.tv_nsec += 20000000;
    if (deadline.tv_nsec >= 1000000000) {
        deadline.tv_sec++;
        deadline.tv_nsec -= 1000000000;
    }
    SHOW_ERR(pthread_mutex_timedlock(&mutex, &deadline));
    deadline.tv_nsec = -1;
    SHOW_ERR(pthread_mutex_timedlock(&mutex, &deadline));
    return NULL;
}

int main(void)
{
    make(PTHREAD_MUTEX_ERRORCHECK);
    SHOW_ERR(pthread_mutex_lock(&mutex));
    SHOW_ERR(pthread_mutex_lock(&mutex));
    join_thread(start_thread(other, NULL));
    SHOW_ERR(pthread_mutex_unlock(&mutex));
    SHOW_ERR(pthread_mutex_unlock(&mutex));
    make(PTHREAD_MUTEX_RECURSIVE);
    SHOW_ERR(pthread_mutex_lock(&mutex));
    SHOW_ERR(pthread_mutex_trylock(&mutex));
    SHOW_ERR(pthread_mutex_unlock(&mutex));
    join_thread(start_thread(other, NULL));
    SHOW_ERR(pthread_mutex_unlock(&mutex));
    return 0;
}
