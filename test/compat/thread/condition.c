/*
 * Condition variables: signal wakes, broadcast wakes all, deadlines by both clocks.
 *
 * variants: glibc musl
 */
#include "compat.h"

enum {
    WAITERS = 20
};
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static pthread_cond_t taken = PTHREAD_COND_INITIALIZER;
static int turn, woken, item;
static bool go;

static void *consumer(void *arg)
{
    long sum = 0;

    (void)arg;
    pthread_mutex_lock(&mutex);
    for (;;) {
        while (!item)
            pthread_cond_wait(&ready, &mutex);
        if (item < 0)
            break;
        sum += item;
        item = 0;
        turn++;
        pthread_cond_signal(&taken);
    }
    pthread_mutex_unlock(&mutex);
    return (void *)sum;
}

static void *waiter(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&mutex);
    while (!go)
        pthread_cond_wait(&ready, &mutex);
    woken++;
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void produce(int value)
{
    pthread_mutex_lock(&mutex);
    while (item)
        pthread_cond_wait(&taken, &mutex);
    item = value;
    pthread_cond_broadcast(&ready);
    pthread_mutex_unlock(&mutex);
}

static void timed_wait(clockid_t clock)
{
    pthread_condattr_t attr;
    pthread_cond_t cond;
    struct timespec deadline, now;
    int err;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, clock);
    pthread_cond_init(&cond, &attr);
    clock_gettime(clock, &deadline);
    deadline.tv_nsec += 30000000;
    deadline.tv_sec += deadline.tv_nsec / 1000000000;
    deadline.tv_nsec %= 1000000000;
    pthread_mutex_lock(&mutex);
    while ((err = pthread_cond_timedwait(&cond, &mutex, &deadline)) == 0)
        ;
    pthread_mutex_unlock(&mutex);
    clock_gettime(clock, &now);
    SAY("%s %s", err_name(err),
        now.tv_sec > deadline.tv_sec ||
                (now.tv_sec == deadline.tv_sec && now.tv_nsec >= deadline.tv_nsec)
            ? "in time"
            : "early");
}

int main(void)
{
    pthread_t consumers[3], waiters[WAITERS];
    long sum = 0;

    for (int i = 0; i < 3; i++)
        consumers[i] = start_thread(consumer, NULL);
    for (int i = 1; i <= 3000; i++)
        produce(i);
    produce(-1);
    for (int i = 0; i < 3; i++)
        sum += (long)join_thread(consumers[i]);
    SAY("sum %ld turns %d", sum, turn);
    for (int i = 0; i < WAITERS; i++)
        waiters[i] = start_thread(waiter, NULL);
    pthread_mutex_lock(&mutex);
    go = true;
    pthread_cond_broadcast(&ready);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < WAITERS; i++)
        join_thread(waiters[i]);
    SAY("woken %d", woken);
    timed_wait(CLOCK_REALTIME);
    timed_wait(CLOCK_MONOTONIC);
    return 0;
}
