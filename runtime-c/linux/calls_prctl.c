/* prctl(2), arch_prctl(2) and resource usage: per program what Linux keeps per process. */
#include "base/fault.h"
#include "base/host.h"
#include "base/uaccess.h"
#include "entry/gs.h"
#include "linux/calls.h"
#include "linux/seccomp.h"
#include "linux/task.h"
#include "linux/usage.h"
#include "sched/process.h"
#include "sched/worker.h"

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
        return bp_put_user64((u64 *)addr, bp_current()->gs_base);
    case ARCH_SET_GS:
        if (addr >= 1ULL << 47)
            return -EPERM;
        bp_gs_set(bp_current_proc()->slot, addr);
        return 0;
    case ARCH_GET_CPUID: /* cpuid is not made to fault, as on a processor that cannot */
        return 1;
    case ARCH_SET_CPUID:
        return -ENODEV;
    default:
        return -EINVAL;
    }
}

#define UNUSED __attribute__((unused)) /* each takes all four arguments */

/* ---- prctl: what is the thread's or the program's own ---- */

static long set_name(u64 user, u64 b UNUSED, u64 c UNUSED, u64 d UNUSED)
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

static long get_name(u64 user, u64 b UNUSED, u64 c UNUSED, u64 d UNUSED)
{
    return bp_copy((void *)user, bp_current_task()->comm, BP_COMM_LEN);
}

static long set_death_signal(u64 signal, u64 b UNUSED, u64 c UNUSED, u64 d UNUSED)
{
    if (signal > BP_NSIG)
        return -EINVAL;
    bp_current_task()->death_signal = (u32)signal;
    if (!bp_current_proc()->forked)
        return 0; /* no parent that could end before it */
    /* The place serves when the launcher forked it, who does not end with its programs. */
    bp_process_set_parent_death_signal((int)signal);
    return bp_host(SYS_prctl, PR_SET_PDEATHSIG, signal);
}

static long get_death_signal(u64 user, u64 b UNUSED, u64 c UNUSED, u64 d UNUSED)
{
    return bp_put_user32((u32 *)user, bp_current_task()->death_signal);
}

/* The orphans would be the host process's, which cannot tell whose they are. */
static long set_subreaper(u64 on, u64 b UNUSED, u64 c UNUSED, u64 d UNUSED)
{
    return on ? -EPERM : 0;
}

static long get_subreaper(u64 user, u64 b UNUSED, u64 c UNUSED, u64 d UNUSED)
{
    return bp_put_user32((u32 *)user, 0);
}

/* Nothing to keep them for: a change of user is refused. */
static long set_keep_caps(u64 on, u64 b UNUSED, u64 c UNUSED, u64 d UNUSED)
{
    if (on > 1)
        return -EINVAL;
    bp_current_task()->keep_caps = on;
    return 0;
}

static long get_keep_caps(u64 a UNUSED, u64 b UNUSED, u64 c UNUSED, u64 d UNUSED)
{
    return bp_current_task()->keep_caps;
}

static long set_no_new_privs(u64 on, u64 b, u64 c, u64 d)
{
    if (on != 1 || b || c || d)
        return -EINVAL;
    bp_current_task()->no_new_privs = true;
    return 0;
}

static long get_no_new_privs(u64 a, u64 b, u64 c, u64 d)
{
    return a || b || c || d ? -EINVAL : bp_current_task()->no_new_privs;
}

/* Timers of ours are no later than the least slack allows. */
static long set_timer_slack(u64 ns, u64 b UNUSED, u64 c UNUSED, u64 d UNUSED)
{
    struct bp_task *task = bp_current_task();

    task->timer_slack = (s64)ns > 0 ? ns : task->timer_slack_default;
    return 0;
}

static long get_timer_slack(u64 a UNUSED, u64 b UNUSED, u64 c UNUSED, u64 d UNUSED)
{
    return (long)bp_current_task()->timer_slack;
}

static long set_seccomp(u64 mode, u64 program, u64 c UNUSED, u64 d UNUSED)
{
    return bp_seccomp_set(mode, program);
}

static long get_seccomp(u64 a UNUSED, u64 b UNUSED, u64 c UNUSED, u64 d UNUSED)
{
    return bp_seccomp_mode(bp_current_task());
}

static long get_tid_address(u64 user, u64 b UNUSED, u64 c UNUSED, u64 d UNUSED)
{
    return bp_put_user64((u64 *)user, bp_current_task()->clear_child_tid);
}

/*
 * It owns the program's calls and is not the program's to use. Off it is, as the program sees it;
 * on is refused as by a kernel built without it.
 */
static long user_dispatch(u64 mode, u64 offset, u64 len, u64 selector)
{
    return mode == PR_SYS_DISPATCH_OFF && !offset && !len && !selector ? 0 : -EINVAL;
}

/* ---- prctl: what all programs here share; they may only set what is set ---- */

static long set_dumpable(u64 value, u64 b UNUSED, u64 c UNUSED, u64 d UNUSED)
{
    if (value > 1)
        return -EINVAL;
    return bp_host(SYS_prctl, PR_GET_DUMPABLE) == (long)value ? 0 : -EPERM;
}

static long set_secure_bits(u64 bits, u64 b UNUSED, u64 c UNUSED, u64 d UNUSED)
{
    return bp_host(SYS_prctl, PR_GET_SECUREBITS) == (long)bits ? 0 : -EPERM;
}

static long set_thp_disable(u64 on, u64 b, u64 c, u64 d)
{
    if (b || c || d)
        return -EINVAL;
    return bp_host(SYS_prctl, PR_GET_THP_DISABLE, 0, 0, 0, 0) == (on != 0) ? 0 : -EPERM;
}

static long set_tsc(u64 mode, u64 b UNUSED, u64 c UNUSED, u64 d UNUSED)
{
    return mode == PR_TSC_ENABLE ? 0 : mode == PR_TSC_SIGSEGV ? -EPERM : -EINVAL;
}

static long set_timing(u64 method, u64 b UNUSED, u64 c UNUSED, u64 d UNUSED)
{
    return method == PR_TIMING_STATISTICAL ? 0 : -EINVAL;
}

static long get_timing(u64 a UNUSED, u64 b UNUSED, u64 c UNUSED, u64 d UNUSED)
{
    return PR_TIMING_STATISTICAL;
}

static long ambient(u64 operation, u64 capability, u64 c, u64 d)
{
    return operation == PR_CAP_AMBIENT_IS_SET
               ? bp_host(SYS_prctl, PR_CAP_AMBIENT, operation, capability, c, d)
               : -EPERM;
}

typedef long prctl_fn(u64 a, u64 b, u64 c, u64 d);

/* ---- for the tests of what deaths leave behind (base/fault.h) ---- */

#ifdef BP_FAULTS
static long die_at(u64 n, u64 b UNUSED, u64 c UNUSED, u64 d UNUSED)
{
    bp_fault_in = (u32)n;
    return 0;
}

static long objects_of(u64 pool, u64 b UNUSED, u64 c UNUSED, u64 d UNUSED)
{
    return pool < BP_POOLS ? bp_pool_in_use((enum bp_pool_id)pool) : -EINVAL;
}
#endif

/*
 * What is not listed is EINVAL, as on a kernel that does not know it. A forked program is alone in
 * its host process, which answers for it all that is not `ours`.
 */
static const struct prctl_option {
    u32 option;
    int error;     /* for neighbours' sake, or 0 */
    prctl_fn *run; /* neither: the host answers */
    bool ours;
} options[] = {
    {PR_SET_NAME, 0, set_name, true},
    {PR_GET_NAME, 0, get_name, true},
    {PR_SET_PDEATHSIG, 0, set_death_signal, false},
    {PR_GET_PDEATHSIG, 0, get_death_signal, false},
    {PR_SET_CHILD_SUBREAPER, 0, set_subreaper, false},
    {PR_GET_CHILD_SUBREAPER, 0, get_subreaper, false},
    {PR_SET_KEEPCAPS, 0, set_keep_caps, false},
    {PR_GET_KEEPCAPS, 0, get_keep_caps, false},
    {PR_SET_NO_NEW_PRIVS, 0, set_no_new_privs, false},
    {PR_GET_NO_NEW_PRIVS, 0, get_no_new_privs, false},
    {PR_SET_TIMERSLACK, 0, set_timer_slack, true},
    {PR_GET_TIMERSLACK, 0, get_timer_slack, true},
    {PR_GET_TID_ADDRESS, 0, get_tid_address, true},
    {PR_SET_SYSCALL_USER_DISPATCH, 0, user_dispatch, true},
    {PR_SET_DUMPABLE, 0, set_dumpable, false},
    {PR_GET_DUMPABLE, 0, NULL, false},
    {PR_SET_SECUREBITS, 0, set_secure_bits, false},
    {PR_GET_SECUREBITS, 0, NULL, false},
    {PR_SET_THP_DISABLE, 0, set_thp_disable, false},
    {PR_GET_THP_DISABLE, 0, NULL, false},
    {PR_SET_TSC, 0, set_tsc, true}, /* the runtime reads it too */
    {PR_GET_TSC, 0, NULL, false},
    {PR_SET_TIMING, 0, set_timing, true},
    {PR_GET_TIMING, 0, get_timing, true},
    {PR_SET_IO_FLUSHER, EPERM, NULL, true},
    {PR_GET_IO_FLUSHER, EPERM, NULL, true},
    {PR_CAP_AMBIENT, 0, ambient, false},
    {PR_CAPBSET_READ, 0, NULL, false},
    {PR_CAPBSET_DROP, EPERM, NULL, false},
    {PR_GET_SECCOMP, 0, get_seccomp, true},
    {PR_SET_SECCOMP, 0, set_seccomp, true},
    {PR_GET_SPECULATION_CTRL, 0, NULL, false},
    {PR_SET_SPECULATION_CTRL, EPERM, NULL, false},
    {PR_MCE_KILL_GET, 0, NULL, false},
    {PR_MCE_KILL, EPERM, NULL, false},
    {PR_SET_MM, EPERM, NULL, true}, /* the addresses are those of the host process */
    {PR_SET_VMA, 0, NULL,
     false}, /* names of anonymous mappings: for show, and harmless to neighbours */
#ifdef BP_FAULTS
    {BP_FAULT_DIE_AT, 0, die_at, true},
    {BP_FAULT_OBJECTS_OF, 0, objects_of, true},
#endif
};

static const struct prctl_option *option_of(u32 option)
{
    for (u32 i = 0; i < ARRAY_SIZE(options); i++) {
        if (options[i].option == option)
            return &options[i];
    }
    return NULL;
}

long bp_sys_prctl(u64 option, u64 a, u64 b, u64 c, u64 d)
{
    const struct prctl_option *known = option_of((u32)option);
    bool ours;

    if (!known)
        return -EINVAL;
    ours = known->ours || !bp_current_proc()->forked;
    if (ours && known->run)
        return known->run(a, b, c, d);
    if (ours && known->error)
        return -known->error;
    return bp_host(SYS_prctl, option, a, b, c, d);
}

void bp_prctl_forked(struct bp_task *task)
{
    task->death_signal = 0;
    if (task->no_new_privs)
        bp_host(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (task->keep_caps)
        bp_host(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0);
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
