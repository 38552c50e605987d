/* Hundreds of sleepers with deadlines of all lengths: none wakes early, all wake. */
#include "compat.h"

enum {
    SLEEPERS = 200
};

static void *sleeper(void *arg)
{
    for (int i = 0; i < 5; i++) {
        int64_t wanted = ((long)arg * 7919 + i * 104729) % 20000000, start = now_ns();
        struct timespec t = {0, wanted};

        CHECK(nanosleep(&t, NULL) == 0);
        CHECK(now_ns() - start >= wanted);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[SLEEPERS];

    for (long i = 0; i < SLEEPERS; i++)
        threads[i] = start_thread(sleeper, (void *)i);
    for (int i = 0; i < SLEEPERS; i++)
        join_thread(threads[i]);
    SAY("all woke");
    return 0;
}
