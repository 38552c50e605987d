/* poll over many descriptors of many kinds, from several threads. */
#include "net.h"
#include <sys/eventfd.h>

enum {
    FDS = 600,
    THREADS = 4
};
static int fds[FDS];

static void *waiter(void *arg)
{
    struct pollfd p[FDS];
    long me = (long)arg, found = 0;

    for (int round = 0; round < 20; round++) {
        int chosen = me + THREADS * ((round * 31) % (FDS / THREADS));

        for (int i = 0; i < FDS; i++)
            p[i] = (struct pollfd){i % THREADS == me ? fds[i] : -fds[i], POLLIN, 0};
        MUST(eventfd_write(fds[chosen], 1));
        CHECK(poll(p, FDS, -1) == 1 && p[chosen].revents == POLLIN);
        MUST(eventfd_read(fds[chosen], &(eventfd_t){0}));
        found++;
    }
    return (void *)found;
}

int main(void)
{
    pthread_t threads[THREADS];

    for (int i = 0; i < FDS; i++)
        fds[i] = MUST(eventfd(0, 0));
    for (long i = 0; i < THREADS; i++)
        threads[i] = start_thread(waiter, (void *)i);
    for (int i = 0; i < THREADS; i++)
        SHOW((long)join_thread(threads[i]));
    return 0;
}
