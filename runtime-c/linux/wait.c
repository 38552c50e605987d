/*
 * wait4(2) and waitid(2). The host keeps what is waited for (statuses, stops, usage): it is asked
 * once the child's end was announced, so that SIGCHLD comes before the wait ends.
 */
#include "base/host.h"
#include "base/uaccess.h"
#include "linux/calls.h"
#include "linux/child.h"
#include "linux/pidfd.h"

#include <errno.h>
#include <linux/wait.h>
#include <sys/resource.h>
#include <sys/syscall.h>

enum {
    P_PIDFD_ID = 3, /* P_PIDFD, which <linux/wait.h> has and glibc 2.36 names, too */
};

/* Which children a call waits for, and what it wants. */
struct wanted {
    u32 which; /* P_ALL, P_PID, P_PGID */
    int id;
    u32 options; /* of waitid(2) */
};

/* What it gets. */
struct report {
    siginfo_t info; /* si_pid 0: nothing, with WNOHANG */
    struct rusage usage;
    bool early; /* a stop that SIGCHLD did not tell of yet */
};

static bool matches(const struct bp_child *child, const struct wanted *wanted)
{
    bool clone = child->exit_signal != SIGCHLD;

    if (!(wanted->options & __WALL) && clone != !!(wanted->options & __WCLONE))
        return false;
    switch (wanted->which) {
    case P_PID:
        return child->pid == (u32)wanted->id;
    case P_PGID:
        return bp_host(SYS_getpgid, child->pid) == wanted->id;
    default:
        return true;
    }
}

/* ---- time of children ---- */

static void add_time(struct timeval *to, const struct timeval *from)
{
    to->tv_sec += from->tv_sec + (to->tv_usec + from->tv_usec) / 1000000;
    to->tv_usec = (to->tv_usec + from->tv_usec) % 1000000;
}

static void add_usage(struct rusage *to, const struct rusage *from)
{
    add_time(&to->ru_utime, &from->ru_utime);
    add_time(&to->ru_stime, &from->ru_stime);
    to->ru_maxrss = BP_MAX(to->ru_maxrss, from->ru_maxrss);
    to->ru_minflt += from->ru_minflt;
    to->ru_majflt += from->ru_majflt;
    to->ru_inblock += from->ru_inblock;
    to->ru_oublock += from->ru_oublock;
    to->ru_nvcsw += from->ru_nvcsw;
    to->ru_nivcsw += from->ru_nivcsw;
}

/* ---- waiting ---- */

/* Asks the host; true when there is something to tell, which it then forgets unless WNOWAIT. */
static bool collect(struct bp_child *child, u32 options, struct report *report)
{
    u32 what = options & (WSTOPPED | WCONTINUED | WNOWAIT);

    if (child->ended)
        what |= options & WEXITED;
    *report = (struct report){0};
    if (what & ~(u32)WNOWAIT)
        bp_host(SYS_waitid, P_PID, child->pid, &report->info, what | WNOHANG | __WALL,
                &report->usage);
    if (!report->info.si_pid)
        return false;
    if (options & WNOWAIT)
        return true;
    report->early = !child->ended && report->info.si_code != child->told;
    child->told = 0;
    if (!child->ended)
        return true;
    add_usage(&child->proc->children_usage, &report->usage);
    bp_list_del(&child->node);
    bp_child_free(child);
    return true;
}

/* True when a match had something to tell; *any: there are matches. Process locked. */
static bool find(struct bp_proc *proc, const struct wanted *wanted, struct report *report,
                 bool *any)
{
    *any = false;
    bp_list_for_each_safe (node, &proc->children) {
        struct bp_child *child = bp_list_entry(node, struct bp_child, node);

        if (!matches(child, wanted))
            continue;
        *any |= !child->ended || wanted->options & WEXITED;
        if (collect(child, wanted->options, report))
            return true;
    }
    return false;
}

/* Returns 0, -ECHILD or -EINTR. What is there to tell goes before an interruption. */
static long wait_for(const struct wanted *wanted, struct report *report)
{
    struct bp_proc *proc = bp_current_proc();
    struct bp_child_waiter waiter = {.thread = bp_current()};
    long ret = 0;
    bool any;

    bp_list_init(&waiter.node);
    bp_lock(&proc->lock);
    while (!find(proc, wanted, report, &any)) {
        if (!any)
            ret = -ECHILD;
        if (ret || wanted->options & WNOHANG) {
            bp_unlock(&proc->lock);
            return ret;
        }
        bp_list_add_tail(&proc->child_waiters, &waiter.node);
        bp_park_begin();
        bp_unlock(&proc->lock);
        ret = bp_park(BP_NEVER);
        bp_lock(&proc->lock);
        bp_list_del(&waiter.node);
    }
    bp_unlock(&proc->lock);
    if (report->early)
        bp_child_signal_stop(proc, &report->info);
    return 0;
}

/* ---- calls ---- */

static int status_of(const siginfo_t *info)
{
    enum {
        CORE = 0x80,
        STOPPED = 0x7f,
        CONTINUED = 0xffff,
    };

    switch (info->si_code) {
    case CLD_EXITED:
        return (info->si_status & 0xff) << 8;
    case CLD_KILLED:
        return info->si_status;
    case CLD_DUMPED:
        return info->si_status | CORE;
    case CLD_CONTINUED:
        return CONTINUED;
    default:
        return info->si_status << 8 | STOPPED;
    }
}

long bp_sys_wait4(u64 pid_arg, u64 status_user, u64 options, u64 usage_user)
{
    int pid = (int)pid_arg;
    struct wanted wanted = {P_ALL, 0, (u32)options | WEXITED};
    struct report report;
    long ret;

    if (options & ~(u64)(WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL))
        return -EINVAL;
    if (pid == (int)0x80000000)
        return -ESRCH;
    if (pid != -1) {
        wanted.which = pid > 0 ? P_PID : P_PGID;
        wanted.id = pid > 0 ? pid : pid ? -pid : (int)bp_sys_getpgid(0);
    }
    ret = wait_for(&wanted, &report);
    if (ret || !report.info.si_pid)
        return ret;
    if (status_user && bp_put_user32((u32 *)status_user, (u32)status_of(&report.info)))
        return -EFAULT;
    if (usage_user && bp_copy((void *)usage_user, &report.usage, sizeof(report.usage)))
        return -EFAULT;
    return report.info.si_pid;
}

/* The id of waitid(2) in terms of pids. Returns 0 or negative errno. */
static long decode_id(struct wanted *wanted)
{
    switch (wanted->which) {
    case P_ALL:
        return 0;
    case P_PID:
        return wanted->id > 0 ? 0 : -EINVAL;
    case P_PGID:
        if (!wanted->id)
            wanted->id = (int)bp_sys_getpgid(0);
        return wanted->id > 0 ? 0 : -EINVAL;
    case P_PIDFD_ID:
        if (wanted->id < 0)
            return -EINVAL;
        wanted->which = P_PID;
        wanted->id = (int)bp_pid_of_pidfd(wanted->id);
        return wanted->id == -ESRCH ? -ECHILD : BP_MIN(wanted->id, 0);
    default:
        return -EINVAL;
    }
}

long bp_sys_waitid(u64 which, u64 id, u64 info_user, u64 options, u64 usage_user)
{
    struct wanted wanted = {(u32)which, (int)id, (u32)options};
    struct report report;
    long ret;

    if (options & ~(u64)(WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | __WNOTHREAD |
                         __WCLONE | __WALL) ||
        !(options & (WEXITED | WSTOPPED | WCONTINUED)))
        return -EINVAL;
    ret = decode_id(&wanted);
    if (!ret)
        ret = wait_for(&wanted, &report);
    if (ret)
        return ret;
    if (usage_user && report.info.si_pid &&
        bp_copy((void *)usage_user, &report.usage, sizeof(report.usage)))
        return -EFAULT;
    return info_user && bp_copy((void *)info_user, &report.info, sizeof(report.info)) ? -EFAULT : 0;
}
