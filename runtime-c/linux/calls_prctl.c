/* prctl(2), arch_prctl(2) and resource usage: per program what Linux keeps per process. */
#include "base/host.h"
#include "base/uaccess.h"
#include "linux/calls.h"
#include "linux/task.h"
#include "linux/usage.h"
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

long bp_sys_prctl(u64 option, u64 a, u64 b, u64 c, u64 d)
{
    switch (option) {
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

/* ---- usage ---- */

/* Time inside the runtime is not told from time in the program: all of it is reported as user time.
 */
long bp_sys_getrusage(u64 who, u64 user)
{
    struct rusage usage = {0};
    u64 us;
    long ret;

    if ((int)who == RUSAGE_CHILDREN)
        return bp_copy((void *)user, &usage, sizeof(usage));
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

long bp_sys_times(u64 user)
{
    struct tms tms = {.tms_utime = (long)(bp_cpu_time(true) / 10000000)};

    if (user && bp_copy((void *)user, &tms, sizeof(tms)))
        return -EFAULT;
    return (long)(bp_now() / 10000000); /* clock ticks of 1/100 s */
}
