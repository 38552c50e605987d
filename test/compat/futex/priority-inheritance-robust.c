/*
 * A robust mutex with priority inheritance tells the next owner, whether it waited already or comes
 * later, that the last one died; a signal does not end the wait for a lock.
 */
#include "futex.h"

static pthread_mutex_t mutex;
static volatile int locked, handled;

static void on_usr1(int sig)
{
    (void)sig;
    handled = 1;
}

static void *dies(void *arg)
{
    CHECK(pthread_mutex_lock(&mutex) == 0);
    locked = 1;
    if (arg)
        while (!(mutex.__data.__lock & FUTEX_WAITERS))
            sched_yield();
    return NULL;
}

static void *waits(void *arg)
{
    SHOW_ERR(pthread_mutex_lock(&mutex));
    SHOW_ERR(pthread_mutex_unlock(&mutex));
    return arg;
}

int main(void)
{
    pthread_mutexattr_t attr;
    pthread_t thread;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    SHOW_ERR(pthread_mutex_init(&mutex, &attr));
    join_thread(start_thread(dies, NULL));
    SHOW_ERR(pthread_mutex_lock(&mutex));
    SHOW_ERR(pthread_mutex_consistent(&mutex));
    SHOW_ERR(pthread_mutex_unlock(&mutex));

    locked = 0;
    thread = start_thread(dies, &mutex);
    while (!locked)
        sched_yield();
    SHOW_ERR(pthread_mutex_lock(&mutex));
    SHOW_ERR(pthread_mutex_consistent(&mutex));
    join_thread(thread);

    SHOW_ERR(pthread_mutex_unlock(&mutex));
    SHOW_ERR(pthread_mutex_lock(&mutex));
    on_signal(SIGUSR1, on_usr1, 0);
    thread = start_thread(waits, NULL);
    while (!(mutex.__data.__lock & FUTEX_WAITERS))
        sched_yield();
    CHECK(pthread_kill(thread, SIGUSR1) == 0);
    while (!handled)
        sched_yield();
    CHECK(pthread_mutex_unlock(&mutex) == 0);
    join_thread(thread);
    return 0;
}
