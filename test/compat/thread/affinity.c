/* A thread runs where its mask says; masks without a usable core, and short ones, are refused. */
#include "compat.h"

int main(void)
{
    unsigned long mask[128];
    unsigned cpu = ~0u, node = ~0u;
    cpu_set_t all, one;
    int core = -1;

    MUST(sched_getaffinity(0, sizeof(all), &all));
    CHECK(sched_getaffinity(gettid(), sizeof(one), &one) == 0 && CPU_EQUAL(&all, &one));
    CHECK(pthread_getaffinity_np(pthread_self(), sizeof(one), &one) == 0 && CPU_EQUAL(&all, &one));
    MUST(syscall(SYS_getcpu, &cpu, &node, NULL));
    CHECK(CPU_ISSET(cpu, &all) && node < 1024);
    SHOW(syscall(SYS_getcpu, NULL, NULL, NULL));
    SHOW(syscall(SYS_getcpu, (void *)8, NULL, NULL));

    while (!CPU_ISSET(++core, &all))
        ;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    SHOW(sched_setaffinity(0, sizeof(one), &one));
    CHECK(sched_getcpu() == core);
    CHECK(sched_getaffinity(0, sizeof(all), &all) == 0 && CPU_EQUAL(&all, &one));

    SHOW(sched_setaffinity(0, sizeof(one), NULL));
    SHOW(sched_setaffinity(0x3fffffff, sizeof(one), &one));
    SHOW(syscall(SYS_sched_getaffinity, 0, 7, mask));
    SHOW(syscall(SYS_sched_getaffinity, 0, sizeof(mask), 8));
    SHOW(syscall(SYS_sched_getaffinity, -1, sizeof(mask), mask));
    CPU_ZERO(&one);
    CPU_SET(1000, &one);
    SHOW(sched_setaffinity(0, sizeof(one), &one));
    return 0;
}
