/* Detached threads run to their end by themselves. */
#include "compat.h"
#include <semaphore.h>

static sem_t done;

static void *detached(void *arg)
{
    (void)arg;
    pthread_detach(pthread_self());
    sem_post(&done);
    return NULL;
}

int main(void)
{
    pthread_attr_t attr;
    pthread_t thread;

    sem_init(&done, 0, 0);
    pthread_attr_init(&attr);
    SHOW_ERR(pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED));
    for (int i = 0; i < 50; i++) {
        CHECK(pthread_create(&thread, &attr, detached, NULL) == 0);
        CHECK(pthread_create(&thread, NULL, detached, NULL) == 0);
    }
    for (int i = 0; i < 100; i++)
        sem_wait(&done);
    SAY("all done");
    return 0;
}
