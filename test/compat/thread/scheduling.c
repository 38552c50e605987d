/* Scheduling calls: policies and their priorities, affinity, yield. */
#include "compat.h"
#include <sys/resource.h>

int main(void)
{
    struct sched_param param = {0};
    cpu_set_t set, none;
    unsigned cpu, node;
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t deadline[3];
    } attr = {.size = 48};

    SHOW(sched_get_priority_min(SCHED_OTHER));
    SHOW(sched_get_priority_max(SCHED_OTHER));
    SHOW(sched_get_priority_min(SCHED_FIFO));
    SHOW(sched_get_priority_max(SCHED_FIFO));
    SHOW(sched_get_priority_max(99));
    SHOW(sched_getscheduler(0));
    SHOW(sched_getparam(0, &param));
    SHOW(sched_setscheduler(0, SCHED_OTHER, &param));
    param.sched_priority = 5;
    SHOW(sched_setscheduler(0, SCHED_OTHER, &param));
    SHOW(kill(-1, 0));
    attr.nice = getpriority(PRIO_PROCESS, 0);
    attr.priority = 1;
    SHOW(syscall(SYS_sched_setattr, 0, &attr, 0));
    attr.priority = 0;
    SHOW(syscall(SYS_sched_setattr, 0, &attr, 0));
    SHOW(syscall(SYS_sched_setattr, 0, &attr, 1));
    SHOW(syscall(SYS_sched_setattr, 0, NULL, 0));
    attr.size = 8;
    SHOW(syscall(SYS_sched_setattr, 0, &attr, 0));
    SHOW(sched_yield());
    SHOW(sched_getaffinity(0, sizeof(set), &set));
    CHECK(CPU_COUNT(&set) >= 1);
    SHOW(sched_setaffinity(0, sizeof(set), &set));
    CPU_ZERO(&none);
    SHOW(sched_setaffinity(0, sizeof(none), &none));
    SHOW(sched_getaffinity(0, 1, &set));
    SHOW(sched_getaffinity(0x3fffffff, sizeof(set), &set));
    SHOW(getcpu(&cpu, &node));
    SHOW(sched_getcpu() >= 0);
    return 0;
}
