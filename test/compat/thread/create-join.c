/*
 * Threads take an argument and give a value back.
 *
 * variants: all
 */
#include "compat.h"

static void *twice(void *arg)
{
    return (void *)((long)arg * 2);
}

static void *by_exit(void *arg)
{
    pthread_exit(arg);
}

int main(void)
{
    pthread_t threads[10];
    long sum = 0;

    for (long i = 0; i < 10; i++)
        threads[i] = start_thread(i % 2 ? twice : by_exit, (void *)i);
    for (int i = 0; i < 10; i++)
        sum += (long)join_thread(threads[i]);
    SAY("sum %ld", sum);
    return 0;
}
