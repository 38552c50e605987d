/*
 * System calls about a program's own signals: actions, masks, waiting, the alternate stack, the way
 * back.
 */
#include "base/uaccess.h"
#include "linux/altstack.h"
#include "linux/calls.h"
#include "linux/signal.h"
#include "linux/sigqueue.h"
#include "linux/sigset.h"
#include "linux/sigtimer.h"
#include "linux/timespec.h"

#include <errno.h>

enum {
    SIGSET_BYTES = sizeof(u64)
};

/* ---- actions ---- */

/* What Linux keeps of sa_flags since 5.11; programs find out by reading the action back. */
#define KNOWN_FLAGS                                                                    \
    (SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER | \
     SA_RESETHAND | 0x800 /* SA_EXPOSE_TAGBITS */ | 0x04000000 /* SA_RESTORER */)

static bool drops_pending(const struct bp_sigaction *action, int signal)
{
    return action->handler == (u64)SIG_IGN ||
           (action->handler == (u64)SIG_DFL && BP_SIGBIT(signal) & BP_SIGSET_IGNORED);
}

static void set_action(struct bp_proc *proc, int signal, const struct bp_sigaction *next)
{
    proc->sigactions.action[signal - 1] = *next;
    if (!drops_pending(next, signal))
        return;
    bp_sigqueue_discard(&proc->sigqueue, BP_SIGBIT(signal));
    bp_list_for_each (node, &proc->tasks)
        bp_sigqueue_discard(&bp_list_entry(node, struct bp_task, node)->sig.queue,
                            BP_SIGBIT(signal));
}

long bp_sys_rt_sigaction(u64 number, u64 next_user, u64 old_user, u64 size)
{
    struct bp_proc *proc = bp_current_proc();
    struct bp_sigaction next, old;
    int signal = (int)number;

    if (size != SIGSET_BYTES)
        return -EINVAL;
    if (next_user && bp_copy(&next, (void *)next_user, sizeof(next)))
        return -EFAULT;
    if (signal < 1 || signal > BP_NSIG || (next_user && BP_SIGBIT(signal) & BP_SIGSET_UNBLOCKABLE))
        return -EINVAL;
    bp_lock(&proc->lock);
    old = proc->sigactions.action[signal - 1];
    if (next_user) {
        next.flags &= KNOWN_FLAGS;
        next.mask &= ~BP_SIGSET_UNBLOCKABLE;
        set_action(proc, signal, &next);
    }
    bp_unlock(&proc->lock);
    return old_user ? bp_copy((void *)old_user, &old, sizeof(old)) : 0;
}

/* ---- masks ---- */

long bp_sys_rt_sigprocmask(u64 how, u64 set_user, u64 old_user, u64 size)
{
    u64 before = bp_current_task()->sig.mask, set;

    if (size != SIGSET_BYTES)
        return -EINVAL;
    if (set_user) {
        if (bp_get_user64(&set, (u64 *)set_user))
            return -EFAULT;
        switch ((int)how) {
        case SIG_BLOCK:
            set |= before;
            break;
        case SIG_UNBLOCK:
            set = before & ~set;
            break;
        case SIG_SETMASK:
            break;
        default:
            return -EINVAL;
        }
        bp_sigmask_set(set);
    }
    return old_user ? bp_put_user64((u64 *)old_user, before) : 0;
}

long bp_sys_rt_sigpending(u64 set_user, u64 size)
{
    struct bp_task *task = bp_current_task();
    u64 pending = bp_signals_pending() & task->sig.mask;

    if (size > SIGSET_BYTES)
        return -EINVAL;
    return bp_copy((void *)set_user, &pending, size);
}

/* ---- waiting ---- */

static long wait_for_handler(void)
{
    long ret;

    do {
        bp_park_begin();
        ret = bp_park(BP_NEVER);
    } while (!ret || bp_signal_goes_on());
    return ret;
}

long bp_sys_pause(void)
{
    return wait_for_handler();
}

long bp_sys_rt_sigsuspend(u64 mask_user, u64 size)
{
    long ret;

    if (size != SIGSET_BYTES)
        return -EINVAL;
    ret = bp_sigmask_push(mask_user, size);
    return ret ? ret : wait_for_handler();
}

static void set_awaited(struct bp_task *task, u64 set)
{
    bp_lock(&task->proc->lock);
    task->sig.awaited = set;
    bp_signal_recalculate(task);
    bp_unlock(&task->proc->lock);
}

/*
 * Returns the signal, -EAGAIN after the deadline, or -EINTR when another signal is to be seen to.
 *
 */
static long wait_for_signal(struct bp_task *task, u64 set, u64 deadline, siginfo_t *info)
{
    bool taken;
    int ret = 0;

    set_awaited(task, set);
    taken = bp_signal_take(set, info);
    while (!taken && !ret) {
        bp_park_begin();
        ret = bp_park(deadline);
        taken = bp_signal_take(set, info);
    }
    set_awaited(task, 0);
    return taken ? info->si_signo : ret == -ETIMEDOUT ? -EAGAIN : ret;
}

long bp_sys_rt_sigtimedwait(u64 set_user, u64 info_user, u64 timeout_user, u64 size)
{
    struct bp_task *task = bp_current_task();
    u64 set, ns, deadline = BP_NEVER;
    siginfo_t info;
    long ret;

    if (size != SIGSET_BYTES)
        return -EINVAL;
    if (bp_get_user64(&set, (u64 *)set_user))
        return -EFAULT;
    if (timeout_user) {
        ret = bp_get_timespec(&ns, timeout_user);
        if (ret)
            return ret;
        deadline = bp_deadline(bp_now(), ns);
    }
    ret = wait_for_signal(task, set & ~BP_SIGSET_UNBLOCKABLE, deadline, &info);
    if (ret > 0 && info_user && bp_copy((void *)info_user, &info, sizeof(info)))
        return -EFAULT;
    return ret;
}

/* ---- stack and return ---- */

long bp_sys_sigaltstack(u64 next_user, u64 old_user)
{
    struct bp_task *task = bp_current_task();
    struct bp_altstack *stack = &task->sig.altstack;
    u64 rsp = bp_frame_of(&task->thread)->rsp;
    struct bp_stack_t next,
        old = {
            .sp = stack->sp,
            .flags = bp_altstack_status(stack, rsp) | (stack->flags & 1U << 31 /* SS_AUTODISARM */),
            .size = stack->size,
        };
    int ret;

    if (next_user) {
        if (bp_copy(&next, (void *)next_user, sizeof(next)))
            return -EFAULT;
        ret = bp_altstack_set(stack, &next, rsp);
        if (ret)
            return ret;
    }
    return old_user ? bp_copy((void *)old_user, &old, sizeof(old)) : 0;
}

long bp_sys_rt_sigreturn(void)
{
    bp_signal_return();
}
