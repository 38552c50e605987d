/* Semaphores: counts, try, timeouts, overflow. */
#include "compat.h"
#include <limits.h>
#include <semaphore.h>

enum {
    POSTS = 5000
};
static sem_t items, space;

static void *producer(void *arg)
{
    (void)arg;
    for (int i = 0; i < POSTS; i++) {
        sem_wait(&space);
        sem_post(&items);
    }
    return NULL;
}

int main(void)
{
    struct timespec deadline;
    sem_t sem;
    pthread_t thread;
    int value;

    SHOW(sem_init(&sem, 0, 2));
    SHOW(sem_init(&sem, 0, (unsigned)INT_MAX + 1));
    SHOW(sem_wait(&sem));
    SHOW(sem_trywait(&sem));
    SHOW(sem_trywait(&sem));
    clock_gettime(CLOCK_REALTIME, &deadline);
    SHOW(sem_timedwait(&sem, &deadline));
    deadline.tv_nsec = 1000000000;
    SHOW(sem_timedwait(&sem, &deadline));
    SHOW(sem_post(&sem));
    SHOW(sem_getvalue(&sem, &value));
    SAY("%d", value);
    SHOW(sem_init(&sem, 0, INT_MAX));
    SHOW(sem_post(&sem));
    sem_init(&items, 0, 0);
    sem_init(&space, 0, 3);
    thread = start_thread(producer, NULL);
    for (int i = 0; i < POSTS; i++) {
        sem_wait(&items);
        sem_post(&space);
    }
    join_thread(thread);
    sem_getvalue(&items, &value);
    SAY("%d left", value);
    return 0;
}
