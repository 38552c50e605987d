/* Asynchronous cancellation reaches a thread that makes no calls. */
#include "compat.h"
#include <semaphore.h>

static sem_t ready;

static void cleanup(void *arg)
{
    SAY("cleanup %s", (char *)arg);
}

static void *spinning(void *arg)
{
    pthread_cleanup_push(cleanup, arg);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    sem_post(&ready);
    for (;;)
        __asm__ volatile("pause");
    pthread_cleanup_pop(0);
    return NULL;
}

int main(void)
{
    pthread_t thread;

    sem_init(&ready, 0, 0);
    thread = start_thread(spinning, "spinning");
    sem_wait(&ready);
    CHECK(pthread_cancel(thread) == 0);
    SAY("%s", join_thread(thread) == PTHREAD_CANCELED ? "cancelled" : "returned");
    return 0;
}
