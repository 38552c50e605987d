/* A futex that is not private is the memory, not the address: two mappings of one page meet. */
#include "futex.h"
#include <sys/mman.h>

static void *waiter(void *arg)
{
    long ret = futex(arg, FUTEX_WAIT, 0, NULL, NULL, 0);

    return (void *)(ret == -1 ? errno : ret);
}

int main(void)
{
    int fd = MUST(memfd_create("shared", 0));
    volatile int *a, *b;
    pthread_t thread;

    MUST(ftruncate(fd, 4096));
    a = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    b = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(a != b);
    thread = start_thread(waiter, (void *)&a[4]);
    SHOW(futex(&b[0], FUTEX_WAKE, 1, NULL, NULL, 0));
    while (futex(&b[4], FUTEX_WAKE, 1, NULL, NULL, 0) == 0)
        sched_yield();
    SHOW((long)join_thread(thread));
    return 0;
}
