/* Thousands of short threads, a few at a time: ids and stacks are given back. */
#include "compat.h"

static void *brief(void *arg)
{
    volatile char stack[4096];

    stack[4095] = 1;
    return (char *)arg + stack[4095];
}

int main(void)
{
    long sum = 0;

    for (int round = 0; round < 500; round++) {
        pthread_t threads[8];

        for (int i = 0; i < 8; i++)
            threads[i] = start_thread(brief, (void *)(long)i);
        for (int i = 0; i < 8; i++)
            sum += (long)join_thread(threads[i]);
    }
    SAY("%ld", sum);
    return 0;
}
