/* A thread that never calls the system does not starve the others, nor they it. */
#include "compat.h"

static volatile bool stop;
static volatile long turns[3];

static void *spin(void *arg)
{
    while (!stop)
        turns[(long)arg]++;
    return NULL;
}

int main(void)
{
    pthread_t threads[3];

    for (long i = 0; i < 3; i++)
        threads[i] = start_thread(spin, (void *)i);
    while (!turns[0] || !turns[1] || !turns[2])
        sched_yield();
    SAY("all have run");
    sleep_ms(20);
    SAY("slept among them");
    stop = true;
    for (int i = 0; i < 3; i++)
        join_thread(threads[i]);
    return 0;
}
