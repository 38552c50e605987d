/*
 * Thread-local variables: initial values, one copy a thread, alignment, addresses that stay.
 *
 * variants: all
 */
#include "compat.h"

static __thread int counter = 40;
static __thread char big[100000];
static __thread long aligned __attribute__((aligned(64))) = 7;
__thread const char *name = "initial";

static void *work(void *arg)
{
    int *where = &counter;

    CHECK(counter == 40 && big[99999] == 0 && aligned == 7 && strcmp(name, "initial") == 0);
    CHECK((uintptr_t)&aligned % 64 == 0);
    for (int i = 0; i < 1000; i++) {
        counter++;
        big[i * 99] = (char)(long)arg;
        if (i % 100 == 0)
            sched_yield();
    }
    CHECK(where == &counter && big[0] == (char)(long)arg);
    return (void *)(long)(counter + (long)arg);
}

int main(void)
{
    pthread_t threads[8];

    counter = 1;
    name = "main";
    for (long i = 0; i < 8; i++)
        threads[i] = start_thread(work, (void *)i);
    for (int i = 0; i < 8; i++)
        SHOW((long)join_thread(threads[i]));
    SAY("%d %s %ld", counter, name, aligned);
    return 0;
}
