/*
 * Cancellation: of a thread blocked in a call, and deferred while disabled; cleanup handlers run.
 *
 * variants: glibc musl
 */
#include "compat.h"
#include <semaphore.h>

static sem_t ready;
static int ends[2];

static void cleanup(void *arg)
{
    SAY("cleanup %s", (char *)arg);
}

static void *in_read(void *arg)
{
    char c;

    pthread_cleanup_push(cleanup, arg);
    sem_post(&ready);
    read(ends[0], &c, 1);
    SAY("not reached");
    pthread_cleanup_pop(0);
    return NULL;
}

static void *while_disabled(void *arg)
{
    pthread_cleanup_push(cleanup, arg);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    sem_post(&ready);
    sleep_ms(5);
    SAY("still here");
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    for (;;)
        pthread_testcancel();
    pthread_cleanup_pop(0);
    return NULL;
}

static void *in_condition(void *arg)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

    pthread_cleanup_push(cleanup, arg);
    pthread_mutex_lock(&mutex);
    sem_post(&ready);
    for (;;)
        pthread_cond_wait(&cond, &mutex);
    pthread_cleanup_pop(0);
    return NULL;
}

static void cancel(void *(*run)(void *), const char *name)
{
    pthread_t thread = start_thread(run, (void *)name);

    sem_wait(&ready);
    CHECK(pthread_cancel(thread) == 0);
    SAY("%s: %s", name, join_thread(thread) == PTHREAD_CANCELED ? "cancelled" : "returned");
}

int main(void)
{
    MUST(pipe(ends));
    sem_init(&ready, 0, 0);
    cancel(in_read, "read");
    cancel(in_condition, "condition");
    cancel(while_disabled, "disabled");
    return 0;
}
