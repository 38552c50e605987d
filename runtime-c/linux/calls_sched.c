/* System calls of scheduling: where threads run, and how they share the workers. */
#include "base/host.h"
#include "base/uaccess.h"
#include "linux/calls.h"
#include "linux/task.h"
#include "linux/timespec.h"
#include "sched/affinity.h"
#include "sched/process.h"

#include <errno.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/* ---- affinity ---- */

/* A thread of any program of this process, by id: 0 is the caller. */
static struct bp_task *find(u64 pid)
{
    return pid ? bp_task_find((u32)pid) : bp_current_task();
}

long bp_sys_sched_getaffinity(u64 pid, u64 len, u64 user)
{
    const struct bp_task *task = find(pid);
    struct bp_cpus cpus;
    long size;

    if (!task)
        return bp_host(SYS_sched_getaffinity, pid, len, user);
    size = bp_host(SYS_sched_getaffinity, 0, sizeof(cpus), &cpus);
    if (size < 0)
        return size;
    if (len < (u64)size || len & 7)
        return -EINVAL;
    bp_affinity_get(&task->thread, &cpus);
    return bp_copy((void *)user, &cpus, (size_t)size) ? -EFAULT : size;
}

/* A forked program is the host's to move; what is neither that nor of this process is not ours. */
static long set_elsewhere(u64 pid, const struct bp_cpus *cpus)
{
    struct bp_cpus unused;

    if (bp_process_is_ours((u32)pid) && pid != bp_process_launcher())
        return bp_host(SYS_sched_setaffinity, pid, sizeof(*cpus), cpus);
    return bp_host(SYS_sched_getaffinity, pid, sizeof(unused), &unused) < 0 ? -ESRCH : -EPERM;
}

long bp_sys_sched_setaffinity(u64 pid, u64 len, u64 user)
{
    struct bp_cpus cpus = {0};
    struct bp_task *task;

    if (bp_copy(&cpus, (void *)user, BP_MIN(len, sizeof(cpus))))
        return -EFAULT;
    task = find(pid);
    return task ? bp_affinity_set(&task->thread, &cpus) : set_elsewhere(pid, &cpus);
}

/* ---- policy ---- */

/* A thread of the program, by id: 0 is the caller. */
static bool is_own(u64 pid)
{
    struct bp_task *task = pid ? bp_task_find((u32)pid) : bp_current_task();

    return task && task->proc == bp_current_proc();
}

/* User threads are scheduled in turn, like SCHED_OTHER at priority 0. */
long bp_sys_sched_getscheduler(u64 pid)
{
    return is_own(pid) ? 0 : -ESRCH;
}

long bp_sys_sched_getparam(u64 pid, u64 param)
{
    return is_own(pid) ? bp_put_user32((u32 *)param, 0) : -ESRCH;
}

/* Threads share the workers as under SCHED_OTHER; what asks for more is refused as without the
 * privilege for it. */
static long set_policy(u64 pid, u64 policy, u32 priority)
{
    bool realtime = policy == SCHED_FIFO || policy == SCHED_RR;

    if (!is_own(pid))
        return -ESRCH;
    if (policy > SCHED_DEADLINE || realtime != (priority >= 1 && priority <= 99))
        return -EINVAL;
    return policy == SCHED_NORMAL ? 0 : -EPERM;
}

long bp_sys_sched_setscheduler(u64 pid, u64 policy, u64 param)
{
    u32 priority;

    if (!is_own(pid))
        return -ESRCH;
    if (bp_get_user32(&priority, (u32 *)param))
        return -EFAULT;
    return set_policy(pid, policy, priority);
}

long bp_sys_sched_setparam(u64 pid, u64 param)
{
    return bp_sys_sched_setscheduler(pid, 0, param);
}

long bp_sys_sched_rr_get_interval(u64 pid, u64 interval)
{
    if (!is_own(pid))
        return -ESRCH;
    return bp_put_timespec(interval, BP_TICK_USEC * BP_NSEC_PER_USEC);
}

long bp_sys_sched_getattr(u64 pid, u64 attr, u64 size, u64 flags)
{
    u32 zero[12] = {48}; /* SCHED_ATTR_SIZE_VER0, policy SCHED_OTHER, nice 0 */

    if (flags || size < sizeof(zero))
        return -EINVAL;
    return is_own(pid) ? bp_copy((void *)attr, zero, sizeof(zero)) : -ESRCH;
}

/*
 * A nice value is a kernel thread's. The one worker of a forked program is its own; programs that
 * share workers have the runtime's, and may only set what is set. Another process is the host's to
 * ask about, and only itself may change its value.
 */
static bool is_own_priority(u64 which, u64 who)
{
    return which == PRIO_PROCESS && is_own(who);
}

/* The kernel's own form: 20 - nice, so that it is never negative. */
long bp_sys_getpriority(u64 which, u64 who)
{
    return bp_host(SYS_getpriority, which, is_own_priority(which, who) ? 0 : who);
}

long bp_sys_setpriority(u64 which, u64 who, u64 priority)
{
    long now = bp_sys_getpriority(which, who);

    if (now < 0)
        return now;
    if (is_own_priority(which, who) && bp_current_proc()->forked)
        return bp_host(SYS_setpriority, which, 0, priority);
    return now == 20 - (int)priority ? 0 : (int)priority < 20 - now ? -EACCES : -EPERM;
}

long bp_sys_sched_setattr(u64 pid, u64 user, u64 flags)
{
    struct {
        u32 size, policy;
        u64 flags;
        s32 nice;
        u32 priority;
    } attr;
    long ret;

    if (!user || flags || (int)pid < 0)
        return -EINVAL;
    if (bp_copy(&attr, (void *)user, sizeof(attr)))
        return -EFAULT;
    if (attr.size && attr.size < SCHED_ATTR_SIZE_VER0)
        return -E2BIG;
    ret = set_policy(pid, attr.policy, attr.priority);
    return ret ? ret : bp_sys_setpriority(PRIO_PROCESS, pid, (u64)attr.nice);
}

/* Workers of this process are its only kernel threads that run programs, so the host's barrier is
 * the right one. */
long bp_sys_membarrier(u64 command, u64 flags, u64 cpu)
{
    return bp_host(SYS_membarrier, command, flags, cpu);
}
