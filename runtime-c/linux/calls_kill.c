/*
 * System calls that send signals. To fused programs they are virtual; to processes outside the
 * host's own answer holds. The runtime's own process takes none from its programs: it would hit all
 * of them.
 */
#include "base/host.h"
#include "base/uaccess.h"
#include "linux/calls.h"
#include "linux/outside.h"
#include "linux/signal.h"
#include "sched/process.h"
#include "sched/tid.h"

#include <errno.h>
#include <sys/syscall.h>

/* Also true for its threads, whose ids kill(2) takes too. */
static bool is_runtime(int pid)
{
    return !bp_is_error(bp_host(SYS_tgkill, bp_host(SYS_getpid), pid, 0));
}

/*
 * About a process or thread outside the host decides, except about the runtime, which can be looked
 * for (signal 0) only.
 */
static bool is_spared(u64 id, int signal)
{
    return signal && is_runtime((int)id);
}

/* To a process outside, which sees the sender's pid as programs know it when it is one of ours. */
static long send_outside(int pid, int signal, const siginfo_t *info)
{
    long ret;

    if (is_spared((u32)pid, signal))
        return -EPERM;
    if (!signal || !bp_process_is_ours((u32)pid))
        return bp_host(SYS_kill, pid, signal);
    ret = bp_outside_send((u32)pid, signal, info);
    return ret == -EAGAIN ? bp_host(SYS_kill, pid, signal) : ret; /* no memory for the siginfo */
}

/*
 * A process group is the host's (linux/calls_ids.c): stand-ins pass on what reaches them. A program
 * that cannot have children in its group yet gets its own signal at once.
 */
static long kill_group(u32 group, int signal, const siginfo_t *info)
{
    struct bp_proc *proc = group ? bp_proc_find(group) : bp_current_proc();

    if (proc && !proc->forked && !bp_process_shared())
        return bp_signal_proc(proc, signal, info);
    if (proc && !group)
        group = (u32)bp_sys_getpgid(0);
    return !proc && (long)group == bp_host(SYS_getpgid, 0) && !bp_process_self
               ? -EPERM
               : bp_host(SYS_kill, -(int)group, signal);
}

static bool is_signal(int signal)
{
    return signal >= 0 && signal <= BP_NSIG;
}

long bp_sys_kill(u64 pid_arg, u64 signal_arg)
{
    int pid = (int)pid_arg, signal = (int)signal_arg;
    struct bp_proc *proc;
    siginfo_t info;

    if (!is_signal(signal))
        return -EINVAL;
    bp_siginfo_of_self(&info, signal, SI_USER);
    /* Everybody: neither the runtime nor the machine's other processes are a program's to signal.
     */
    if (pid == -1)
        return signal ? -EPERM : 0;
    if (pid <= 0)
        return kill_group((u32)-pid, signal, &info);
    if (bp_tid_program((u32)pid)) /* a thread's id stands for its process */
        pid = (int)bp_tid_program((u32)pid);
    proc = bp_proc_find((u32)pid);
    return proc ? bp_signal_proc(proc, signal, &info) : send_outside(pid, signal, &info);
}

/* ---- threads ---- */

/* A thread of a program in another process of the runtime. */
static long send_thread(u32 pid, u32 tid, const siginfo_t *info)
{
    long ret = bp_host(SYS_kill, pid, 0);

    if (ret || !info->si_signo)
        return ret;
    return bp_outside_send_thread(pid, tid, info->si_signo, info);
}

struct thread_target {
    u32 tid;
    int signal;
    const siginfo_t *info;
    long result;
};

static bool try_process(struct bp_proc *proc, void *arg)
{
    struct thread_target *target = arg;

    target->result = bp_signal_tid(proc, target->tid, target->signal, target->info);
    return target->result != -ESRCH;
}

long bp_sys_tkill(u64 tid, u64 signal_arg)
{
    struct thread_target target = {.tid = (u32)tid, .signal = (int)signal_arg, .result = -ESRCH};
    siginfo_t info;

    if ((int)tid <= 0 || !is_signal(target.signal))
        return -EINVAL;
    bp_siginfo_of_self(&info, target.signal, SI_TKILL);
    target.info = &info;
    bp_proc_each(try_process, &target);
    if (target.result != -ESRCH)
        return target.result;
    if (bp_tid_program((u32)tid))
        return send_thread(bp_tid_program((u32)tid), (u32)tid, &info);
    return is_spared(tid, target.signal) ? -EPERM : bp_host(SYS_tkill, tid, signal_arg);
}

long bp_sys_tgkill(u64 pid, u64 tid, u64 signal_arg)
{
    struct bp_proc *proc = bp_proc_find((u32)pid);
    int signal = (int)signal_arg;
    siginfo_t info;

    if ((int)pid <= 0 || (int)tid <= 0 || !is_signal(signal))
        return -EINVAL;
    bp_siginfo_of_self(&info, signal, SI_TKILL);
    if (proc)
        return bp_signal_tid(proc, (u32)tid, signal, &info);
    if (tid == pid)
        return send_outside((int)pid, signal, &info);
    if (bp_tid_program((u32)tid) == pid)
        return send_thread((u32)pid, (u32)tid, &info);
    return is_spared(tid, signal) ? -EPERM : bp_host(SYS_tgkill, pid, tid, signal_arg);
}

/* ---- with a value ---- */

/*
 * Reads the siginfo of sigqueue(3); only to itself may a program pretend that the kernel or
 * tgkill(2) sent it.
 */
static long get_info(siginfo_t *info, u64 user, u32 pid, int signal)
{
    if (!is_signal(signal))
        return -EINVAL;
    if (bp_copy(info, (void *)user, sizeof(*info)))
        return -EFAULT;
    if ((info->si_code >= 0 || info->si_code == SI_TKILL) && pid != bp_current_proc()->pid)
        return -EPERM;
    info->si_signo = signal;
    return 0;
}

long bp_sys_rt_sigqueueinfo(u64 pid, u64 signal, u64 info_user)
{
    struct bp_proc *proc = bp_proc_find((u32)pid);
    siginfo_t info;
    long ret = get_info(&info, info_user, (u32)pid, (int)signal);

    if (ret)
        return ret;
    if (proc)
        return bp_signal_proc(proc, (int)signal, &info);
    if (is_spared(pid, (int)signal))
        return -EPERM;
    return signal && bp_process_is_ours((u32)pid)
               ? bp_outside_send((u32)pid, (int)signal, &info)
               : bp_host(SYS_rt_sigqueueinfo, pid, signal, &info);
}

long bp_sys_rt_tgsigqueueinfo(u64 pid, u64 tid, u64 signal, u64 info_user)
{
    struct bp_proc *proc = bp_proc_find((u32)pid);
    siginfo_t info;
    long ret = get_info(&info, info_user, (u32)pid, (int)signal);

    if (ret)
        return ret;
    if ((int)pid <= 0 || (int)tid <= 0)
        return -EINVAL;
    if (proc)
        return bp_signal_tid(proc, (u32)tid, (int)signal, &info);
    return is_spared(tid, (int)signal) ? -EPERM
                                       : bp_host(SYS_rt_tgsigqueueinfo, pid, tid, signal, &info);
}
