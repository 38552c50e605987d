/* Resource limits: per program what can be enforced for one, the host's for the rest. */
#include "base/host.h"
#include "base/uaccess.h"
#include "linux/calls.h"
#include "linux/rlimit.h"
#include "linux/sigtimer.h"
#include "socket/fdtable.h"

#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

enum {
    STACK_BYTES_MAX = 64 << 20
};

static const bool own[RLIM_NLIMITS] = {
    [RLIMIT_AS] = true,    [RLIMIT_DATA] = true,       [RLIMIT_NOFILE] = true,
    [RLIMIT_STACK] = true, [RLIMIT_CORE] = true,       [RLIMIT_RSS] = true,
    [RLIMIT_LOCKS] = true, [RLIMIT_SIGPENDING] = true, [RLIMIT_CPU] = true,
};

/* The two timers of RLIMIT_CPU, of the calling program: SIGXCPU at the soft limit and each second
 * behind it, SIGKILL at the hard one. Returns 0 or -EAGAIN (no memory). */
static long limit_cpu(const struct bp_rlimit *limit)
{
    const struct {
        int signal;
        u64 seconds, interval;
    } alarms[] = {{SIGXCPU, limit->soft, BP_NSEC_PER_SEC}, {SIGKILL, limit->hard, 0}};

    for (u32 i = 0; i < ARRAY_SIZE(alarms); i++) {
        struct bp_sigtimer_spec spec = {.clock = CLOCK_PROCESS_CPUTIME_ID,
                                        .signal = alarms[i].signal};
        u64 seconds = alarms[i].seconds;
        struct bp_sigtimer_time time = {0}, old;
        int id = BP_RLIMIT_TIMER - (int)i;

        if (seconds < UINT64_MAX / BP_NSEC_PER_SEC) /* no limit is above */
            time = (struct bp_sigtimer_time){BP_MAX(seconds, 1ULL) * BP_NSEC_PER_SEC,
                                             alarms[i].interval};
        if (bp_sigtimer_ensure(id, &spec) != id || bp_sigtimer_set(id, &time, true, &old))
            return -EAGAIN;
    }
    return 0;
}

static bool cpu_is_limited(const struct bp_rlimit *limit)
{
    return limit->soft != UINT64_MAX || limit->hard != UINT64_MAX;
}

void bp_rlimits_forked(void)
{
    const struct bp_rlimit *limit = &bp_current_proc()->rlimits[RLIMIT_CPU];

    if (cpu_is_limited(limit))
        limit_cpu(limit);
}

void bp_rlimits_apply(struct bp_proc *proc)
{
    proc->sigbudget.limit = proc->rlimits[RLIMIT_SIGPENDING].soft;
    if (proc->slot) {
        bp_lock(&proc->slot->lock);
        proc->slot->account.limit_as = proc->rlimits[RLIMIT_AS].soft;
        proc->slot->account.limit_data = proc->rlimits[RLIMIT_DATA].soft;
        bp_unlock(&proc->slot->lock);
    }
    if (proc->fds)
        bp_fdtable_set_limit(proc->fds, (u32)proc->rlimits[RLIMIT_NOFILE].soft);
}

u64 bp_rlimit_stack(const struct bp_proc *proc)
{
    return BP_MIN(proc->rlimits[RLIMIT_STACK].soft, (u64)STACK_BYTES_MAX);
}

static void cap(struct bp_rlimit *limit, u64 most)
{
    limit->soft = BP_MIN(limit->soft, most);
    limit->hard = BP_MIN(limit->hard, most);
}

void bp_rlimits_init(struct bp_proc *proc, u64 memory_limit)
{
    for (u32 i = 0; i < RLIM_NLIMITS; i++) {
        proc->rlimits[i] = (struct bp_rlimit){UINT64_MAX, UINT64_MAX};
        bp_host(SYS_prlimit64, 0, i, NULL, &proc->rlimits[i]);
    }
    cap(&proc->rlimits[RLIMIT_NOFILE], BP_FD_MAX);
    proc->memory_limit = memory_limit;
    if (memory_limit)
        cap(&proc->rlimits[RLIMIT_DATA], memory_limit);
}

/* ---- the calls ---- */

static bool may_raise(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};

    return !bp_host(SYS_capget, &header, data) &&
           data[CAP_TO_INDEX(CAP_SYS_RESOURCE)].effective & CAP_TO_MASK(CAP_SYS_RESOURCE);
}

/* What no program may exceed, whoever runs it: the config's limit, the size of the tables, the
 * host's limit on the process. */
static u64 ceiling(const struct bp_proc *proc, u64 resource)
{
    struct bp_rlimit host = {UINT64_MAX, UINT64_MAX};

    if (resource == RLIMIT_NOFILE)
        return BP_FD_MAX;
    if (resource == RLIMIT_CPU) {
        bp_host(SYS_prlimit64, 0, resource, NULL, &host);
        return host.hard;
    }
    return resource == RLIMIT_DATA && proc->memory_limit ? proc->memory_limit : UINT64_MAX;
}

/* A limit that the host enforces. */
static long change_host(struct bp_proc *proc, u64 resource, const struct bp_rlimit *next)
{
    long ret = proc->forked && proc == bp_current_proc()
                   ? bp_host(SYS_prlimit64, 0, resource, next, NULL)
                   : -EPERM;

    if (!ret)
        proc->rlimits[resource] = *next;
    return ret;
}

static long change(struct bp_proc *proc, u64 resource, const struct bp_rlimit *next)
{
    struct bp_rlimit *limit = &proc->rlimits[resource];

    if (next->soft > next->hard)
        return -EINVAL;
    if (next->soft == limit->soft && next->hard == limit->hard)
        return 0;
    if (!own[resource])
        return change_host(proc, resource, next);
    if (next->hard > ceiling(proc, resource) || (next->hard > limit->hard && !may_raise()))
        return -EPERM;
    if (resource == RLIMIT_CPU) { /* its timers are the calling program's */
        long ret = proc == bp_current_proc() ? limit_cpu(next) : -EPERM;

        if (ret)
            return ret;
    }
    *limit = *next;
    bp_rlimits_apply(proc);
    return 0;
}

static struct bp_proc *find(u32 pid)
{
    struct bp_task *task = pid ? bp_task_find(pid) : bp_current_task();

    return task ? task->proc : bp_proc_find(pid);
}

/* Of another host process. The runtime's own limits are nobody's to change. */
static long host_prlimit(u64 pid, u64 resource, u64 new_limit, u64 old_limit)
{
    if (new_limit && (long)(int)pid == bp_host(SYS_getpid))
        return -EPERM;
    return bp_host(SYS_prlimit64, pid, resource, new_limit, old_limit);
}

long bp_sys_prlimit64(u64 pid, u64 resource, u64 new_limit, u64 old_limit)
{
    struct bp_proc *proc = find((u32)pid);
    struct bp_rlimit next, old;
    long ret = 0;

    resource = (u32)resource;
    if (resource >= RLIM_NLIMITS)
        return -EINVAL;
    if (!proc)
        return host_prlimit(pid, resource, new_limit, old_limit);
    if (new_limit && bp_copy(&next, (void *)new_limit, sizeof(next)))
        return -EFAULT;
    old = proc->rlimits[resource];
    if (new_limit)
        ret = change(proc, resource, &next);
    if (!ret && old_limit && bp_copy((void *)old_limit, &old, sizeof(old)))
        ret = -EFAULT;
    return ret;
}

long bp_sys_getrlimit(u64 resource, u64 limit)
{
    if ((u32)resource >= RLIM_NLIMITS)
        return -EINVAL;
    return limit ? bp_sys_prlimit64(0, resource, 0, limit) : -EFAULT;
}

long bp_sys_setrlimit(u64 resource, u64 limit)
{
    return limit ? bp_sys_prlimit64(0, resource, limit, 0) : -EFAULT;
}
