/* A robust mutex whose owner died is handed on with EOWNERDEAD, and lost when nobody mends it. */
#include "compat.h"

static pthread_mutex_t mutex;

static void *die_with_lock(void *arg)
{
    CHECK(pthread_mutex_lock(&mutex) == 0);
    return arg;
}

int main(void)
{
    pthread_mutexattr_t attr;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&mutex, &attr);
    join_thread(start_thread(die_with_lock, NULL));
    SHOW_ERR(pthread_mutex_lock(&mutex));
    SHOW_ERR(pthread_mutex_consistent(&mutex));
    SHOW_ERR(pthread_mutex_unlock(&mutex));
    SHOW_ERR(pthread_mutex_trylock(&mutex));
    SHOW_ERR(pthread_mutex_unlock(&mutex));
    join_thread(start_thread(die_with_lock, NULL));
    SHOW_ERR(pthread_mutex_lock(&mutex));
    SHOW_ERR(pthread_mutex_unlock(&mutex));
    SHOW_ERR(pthread_mutex_lock(&mutex));
    return 0;
}
