/* prctl(2), arch_prctl(2), resource limits and usage: per program what Linux keeps per process. */
#include "base/host.h"
#include "base/uaccess.h"
#include "linux/calls.h"
#include "linux/task.h"
#include "linux/usage.h"
#include "sched/process.h"
#include "sched/worker.h"
#include "socket/fdtable.h"

#include <asm/prctl.h>
#include <errno.h>
#include <linux/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/times.h>

long bp_sys_arch_prctl(u64 code, u64 addr)
{
    switch (code) {
    case ARCH_SET_FS:
        if (addr >= 1ULL << 47)
            return -EPERM;
        bp_wrfsbase(addr);
        return 0;
    case ARCH_GET_FS:
        return bp_put_user64((u64 *)addr, bp_rdfsbase());
    case ARCH_GET_GS:
        return bp_put_user64((u64 *)addr, 0);
    case ARCH_SET_GS:
        return -EPERM; /* the runtime's own; nothing in use on x86-64 Linux needs it */
    default:
        return -EINVAL;
    }
}

/* ---- prctl ---- */

static long set_name(u64 user)
{
    struct bp_task *task = bp_current_task();
    char name[BP_COMM_LEN] = {0};
    long ret = bp_copy_string(name, (const char *)user, sizeof(name) - 1);

    if (ret < 0 && ret != -ENAMETOOLONG)
        return ret;
    memcpy(task->comm, name, sizeof(task->comm));
    if (task->tid == task->proc->pid)
        memcpy(task->proc->comm, name, sizeof(name));
    return 0;
}

/*
 * The host's signal serves when a forked program forked; the place serves when the launcher did,
 * who does not end with its programs. A program of the launcher has no parent that could end before
 * it.
 */
static long set_parent_death_signal(u64 signal)
{
    long ret;

    if (signal > BP_NSIG)
        return -EINVAL;
    if (!bp_current_proc()->forked)
        return signal ? -EPERM : 0;
    ret = bp_host(SYS_prctl, PR_SET_PDEATHSIG, signal);
    if (!ret)
        bp_process_set_parent_death_signal((int)signal);
    return ret;
}

static int parent_death_signal(void)
{
    return bp_current_proc()->forked ? bp_process_parent_death_signal() : 0;
}

long bp_sys_prctl(u64 option, u64 a, u64 b, u64 c, u64 d)
{
    switch (option) {
    case PR_SET_PDEATHSIG:
        return set_parent_death_signal(a);
    case PR_GET_PDEATHSIG:
        return bp_put_user32((u32 *)a, (u32)parent_death_signal());
    case PR_SET_NAME:
        return set_name(a);
    case PR_GET_NAME:
        return bp_copy((void *)a, bp_current_task()->comm, BP_COMM_LEN);
    case PR_GET_DUMPABLE:
    case PR_CAPBSET_READ:
    case PR_GET_NO_NEW_PRIVS:
    case PR_GET_SECCOMP:
    case PR_GET_KEEPCAPS:
    case PR_GET_SECUREBITS:
    case PR_GET_TIMERSLACK:
    case PR_GET_THP_DISABLE:
        return bp_host(SYS_prctl, option, a, b, c, d);
    case PR_SET_VMA: /* names of anonymous mappings: only for show, and harmless to neighbours */
        return bp_host(SYS_prctl, option, a, b, c, d);
    /* Would change the neighbours too: */
    case PR_SET_DUMPABLE:
    case PR_SET_KEEPCAPS:
    case PR_SET_SECCOMP:
    case PR_SET_NO_NEW_PRIVS:
    case PR_CAPBSET_DROP:
    case PR_CAP_AMBIENT:
    case PR_SET_SECUREBITS:
    case PR_SET_MM:
        return bp_current_proc()->forked ? bp_host(SYS_prctl, option, a, b, c, d) : -EPERM;
    case PR_SET_SYSCALL_USER_DISPATCH:
        return -EPERM;
    default:
        return -EINVAL;
    }
}

/* ---- limits ---- */

static long rlimit_nofile(u64 new_limit, u64 old_limit)
{
    struct bp_proc *proc = bp_current_proc();
    u64 old[2] = {proc->rlimit_nofile[0], proc->rlimit_nofile[1]}, next[2];

    if (new_limit) {
        if (bp_copy(next, (void *)new_limit, sizeof(next)))
            return -EFAULT;
        if (next[0] > next[1])
            return -EINVAL;
        if (next[1] > old[1])
            return -EPERM;
    }
    if (old_limit && bp_copy((void *)old_limit, old, sizeof(old)))
        return -EFAULT;
    if (new_limit) {
        memcpy(proc->rlimit_nofile, next, sizeof(next));
        bp_fdtable_set_limit(proc->fds, (u32)next[0]);
    }
    return 0;
}

/* Limits of descriptors are the program's; the others are the host process's and only shown. */
long bp_sys_prlimit64(u64 pid, u64 resource, u64 new_limit, u64 old_limit)
{
    if (pid && pid != bp_current_proc()->pid)
        return bp_proc_find((u32)pid) ? -EPERM
                                      : bp_host(SYS_prlimit64, pid, resource, new_limit, old_limit);
    if (resource == RLIMIT_NOFILE)
        return rlimit_nofile(new_limit, old_limit);
    if (new_limit) {
        u64 current[2], next[2];
        long ret = bp_host(SYS_prlimit64, 0, resource, NULL, current);

        if (ret)
            return ret;
        if (bp_copy(next, (void *)new_limit, sizeof(next)))
            return -EFAULT;
        if (memcmp(current, next, sizeof(next)))
            return -EPERM;
    }
    return bp_host(SYS_prlimit64, 0, resource, NULL, old_limit);
}

long bp_sys_getrlimit(u64 resource, u64 limit)
{
    return bp_sys_prlimit64(0, resource, 0, limit);
}

long bp_sys_setrlimit(u64 resource, u64 limit)
{
    return bp_sys_prlimit64(0, resource, limit, 0);
}

/* ---- usage ---- */

/* Time inside the runtime is not told from time in the program: all of it is reported as user time.
 */
long bp_sys_getrusage(u64 who, u64 user)
{
    struct rusage usage = {0};
    u64 us;
    long ret;

    if ((int)who == RUSAGE_CHILDREN)
        return bp_copy((void *)user, &bp_current_proc()->children_usage, sizeof(usage));
    if ((int)who != RUSAGE_SELF && (int)who != RUSAGE_THREAD)
        return -EINVAL;
    ret = bp_host(SYS_getrusage, RUSAGE_SELF, &usage);
    if (ret)
        return ret;
    us = bp_cpu_time((int)who == RUSAGE_SELF) / BP_NSEC_PER_USEC;
    usage.ru_utime.tv_sec = (long)(us / 1000000);
    usage.ru_utime.tv_usec = (long)(us % 1000000);
    usage.ru_stime.tv_sec = usage.ru_stime.tv_usec = 0;
    return bp_copy((void *)user, &usage, sizeof(usage));
}

/* Of 1/100 s. */
static long ticks_of(const struct timeval *time)
{
    return time->tv_sec * 100 + time->tv_usec / 10000;
}

long bp_sys_times(u64 user)
{
    const struct rusage *children = &bp_current_proc()->children_usage;
    struct tms tms = {
        .tms_utime = (long)(bp_cpu_time(true) / 10000000),
        .tms_cutime = ticks_of(&children->ru_utime),
        .tms_cstime = ticks_of(&children->ru_stime),
    };

    if (user && bp_copy((void *)user, &tms, sizeof(tms)))
        return -EFAULT;
    return (long)(bp_now() / 10000000); /* clock ticks of 1/100 s */
}
