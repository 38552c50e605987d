/*
 * Credentials, sessions, children, scheduling parameters: what Linux keeps per process or per
 * kernel thread and several programs of one process cannot have apart. What changes nothing
 * succeeds; what would change the neighbours is EPERM.
 */
#include "base/host.h"
#include "base/uaccess.h"
#include "linux/calls.h"
#include "linux/task.h"
#include "linux/timespec.h"
#include "linux/usage.h"
#include "sched/worker.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <linux/sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

enum {
    KEEP = -1
};

/* ---- credentials ---- */

struct ids {
    u32 real, effective, saved;
};

static struct ids current_ids(long nr)
{
    struct ids ids = {0};

    bp_host(nr, &ids.real, &ids.effective, &ids.saved);
    return ids;
}

static bool keeps(u64 wanted, u32 current)
{
    return (int)wanted == KEEP || (u32)wanted == current;
}

/*
 * A forked program is alone in its host process and changes its ids there. One among others may
 * only ask for what it has.
 */
static long set_ids(long get, u64 real, u64 effective, u64 saved)
{
    struct ids ids = current_ids(get);

    if (bp_current_proc()->forked)
        return bp_host(get == SYS_getresuid ? SYS_setresuid : SYS_setresgid, real, effective,
                       saved);
    return keeps(real, ids.real) && keeps(effective, ids.effective) && keeps(saved, ids.saved)
               ? 0
               : -EPERM;
}

long bp_sys_setuid(u64 uid)
{
    if (bp_current_proc()->forked)
        return bp_host(SYS_setuid, uid);
    return set_ids(SYS_getresuid, (u64)KEEP, uid, (u64)KEEP);
}

long bp_sys_setgid(u64 gid)
{
    if (bp_current_proc()->forked)
        return bp_host(SYS_setgid, gid);
    return set_ids(SYS_getresgid, (u64)KEEP, gid, (u64)KEEP);
}

long bp_sys_setreuid(u64 real, u64 effective)
{
    if (bp_current_proc()->forked)
        return bp_host(SYS_setreuid, real, effective);
    return set_ids(SYS_getresuid, real, effective, (u64)KEEP);
}

long bp_sys_setregid(u64 real, u64 effective)
{
    if (bp_current_proc()->forked)
        return bp_host(SYS_setregid, real, effective);
    return set_ids(SYS_getresgid, real, effective, (u64)KEEP);
}

long bp_sys_setresuid(u64 real, u64 effective, u64 saved)
{
    return set_ids(SYS_getresuid, real, effective, saved);
}

long bp_sys_setresgid(u64 real, u64 effective, u64 saved)
{
    return set_ids(SYS_getresgid, real, effective, saved);
}

/* Both return the current value whatever happens (setfsuid(2)). */
long bp_sys_setfsuid(u64 uid)
{
    if (bp_current_proc()->forked)
        return bp_host(SYS_setfsuid, uid);
    return current_ids(SYS_getresuid).effective;
}

long bp_sys_setfsgid(u64 gid)
{
    if (bp_current_proc()->forked)
        return bp_host(SYS_setfsgid, gid);
    return current_ids(SYS_getresgid).effective;
}

long bp_sys_setgroups(u64 size, u64 user_list)
{
    enum {
        GROUPS_LOOKED_AT = 1024
    };
    u32 have[GROUPS_LOOKED_AT], want[GROUPS_LOOKED_AT];
    long count = bp_host(SYS_getgroups, GROUPS_LOOKED_AT, have);

    if (bp_current_proc()->forked)
        return bp_host(SYS_setgroups, size, user_list);
    if (size > GROUPS_LOOKED_AT)
        return size > 65536 ? -EINVAL : -EPERM;
    if (bp_copy(want, (void *)user_list, size * sizeof(want[0])))
        return -EFAULT;
    return count == (long)size && !memcmp(have, want, size * sizeof(want[0])) ? 0 : -EPERM;
}

long bp_sys_personality(u64 persona)
{
    long current = bp_host(SYS_personality, 0xffffffff);

    return (u32)persona == 0xffffffff || (long)persona == current ? current : -EPERM;
}

/*
 * ---- sessions and groups: the host's. A program of the launcher leads a group of its own, that of
 * its stand-in, which its children are born into; it counts as the leader of a session, too ----
 */

static bool is_standin(u64 pid)
{
    const struct bp_proc *proc = pid ? bp_proc_find((u32)pid) : bp_current_proc();

    return proc && !proc->forked;
}

static long pid_or_own(u64 pid)
{
    return pid ? (int)pid : (long)bp_current_proc()->pid;
}

long bp_sys_getpgid(u64 pid)
{
    return bp_host(SYS_getpgid, pid_or_own(pid));
}

long bp_sys_getpgrp(void)
{
    return bp_sys_getpgid(0);
}

long bp_sys_getsid(u64 pid)
{
    return is_standin(pid) ? pid_or_own(pid) : bp_host(SYS_getsid, pid_or_own(pid));
}

long bp_sys_setpgid(u64 pid, u64 pgid)
{
    if ((int)pid < 0 || (int)pgid < 0)
        return -EINVAL;
    if (is_standin(pid)) /* leads its group and its session already */
        return !pgid || (long)pgid == pid_or_own(pid) ? 0 : -EPERM;
    return bp_host(SYS_setpgid, pid_or_own(pid), pgid);
}

long bp_sys_setsid(void)
{
    return is_standin(0) ? -EPERM : bp_host(SYS_setsid);
}

/* ---- scheduling ---- */

/* A thread of the program, by id: 0 is the caller. */
static bool is_own(u64 pid)
{
    struct bp_task *task = pid ? bp_task_find((u32)pid) : bp_current_task();

    return task && task->proc == bp_current_proc();
}

/* The cores of all workers: where the program's threads may run. */
static u64 put_worker_cores(u64 *mask, u64 words)
{
    u64 any = 0;

    for (u32 i = 0; i < bp_nr_workers; i++) {
        u32 core = (u32)bp_workers[i]->core;

        if (bp_workers[i]->core >= 0 && core / 64 < words) {
            mask[core / 64] |= 1ULL << core % 64;
            any = 1;
        }
    }
    return any;
}

long bp_sys_sched_getaffinity(u64 pid, u64 len, u64 user_mask)
{
    enum {
        WORDS = 16
    };
    u64 mask[WORDS] = {0};
    long size;

    if (!is_own(pid))
        return bp_host(SYS_sched_getaffinity, pid, len, user_mask);
    size = bp_host(SYS_sched_getaffinity, 0, sizeof(mask), mask);
    if (size < 0)
        return size;
    if (len < (u64)size || len & 7)
        return -EINVAL;
    memset(mask, 0, sizeof(mask));
    if (!put_worker_cores(mask, WORDS))
        bp_host(SYS_sched_getaffinity, 0, sizeof(mask), mask);
    return bp_copy((void *)user_mask, mask, (size_t)size) ? -EFAULT : size;
}

/*
 * Threads go where the workers are. A mask that includes one of their cores is honoured as far as
 * it can be; others are EINVAL, as when a mask has no permitted core (sched_setaffinity(2)).
 */
long bp_sys_sched_setaffinity(u64 pid, u64 len, u64 user_mask)
{
    enum {
        WORDS = 16
    };
    u64 wanted[WORDS] = {0}, cores[WORDS] = {0}, common = 0;

    if (!is_own(pid))
        return bp_proc_find((u32)pid) ? -EPERM : -ESRCH;
    if (bp_copy(wanted, (void *)user_mask, BP_MIN(len, sizeof(wanted))))
        return -EFAULT;
    if (!put_worker_cores(cores, WORDS))
        memset(cores, 0xff, sizeof(cores));
    for (int i = 0; i < WORDS; i++)
        common |= wanted[i] & cores[i];
    return common ? 0 : -EINVAL;
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
long bp_sys_sched_setscheduler(u64 pid, u64 policy, u64 param)
{
    bool realtime = policy == SCHED_FIFO || policy == SCHED_RR;
    u32 priority;

    if (!is_own(pid))
        return -ESRCH;
    if (bp_get_user32(&priority, (u32 *)param))
        return -EFAULT;
    if (policy > SCHED_DEADLINE || realtime != (priority >= 1 && priority <= 99))
        return -EINVAL;
    return policy == SCHED_NORMAL ? 0 : -EPERM;
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

/* Workers of this process are its only kernel threads that run programs, so the host's barrier is
 * the right one. */
long bp_sys_membarrier(u64 command, u64 flags, u64 cpu)
{
    return bp_host(SYS_membarrier, command, flags, cpu);
}

/* ---- clocks: those of processor time are the program's ---- */

long bp_sys_clock_gettime(u64 clock, u64 user)
{
    u32 tid;
    struct bp_proc *proc = bp_cpu_clock((int)clock, &tid);

    if (proc)
        return bp_put_timespec(user, tid ? bp_tid_cpu_time(proc, tid) : bp_proc_cpu_time(proc));
    return bp_host(SYS_clock_gettime, clock, user);
}
