/* The current thread's signal mask. */
#include "base/uaccess.h"
#include "linux/signal.h"
#include "linux/sigset.h"

void bp_signal_recalculate(struct bp_task *task)
{
    if (task->proc->exiting || task->proc->stopped ||
        (task->proc->execing && task->proc->execing != task) || bp_signals_due(task))
        bp_interrupt(&task->thread);
    else
        bp_interrupt_clear(&task->thread);
}

/*
 * Signals of the process that this thread was to take, and now blocks, wake somebody else. Process
 * locked.
 */
static void pass_on(struct bp_task *task, u64 blocked)
{
    u64 left = task->proc->sigqueue.pending & blocked;

    if (!left)
        return;
    bp_list_for_each (node, &task->proc->tasks) {
        struct bp_task *other = bp_list_entry(node, struct bp_task, node);

        if (other == task || !(left & ~other->sig.mask))
            continue;
        left &= other->sig.mask;
        bp_interrupt(&other->thread);
    }
}

void bp_sigtask_leave(struct bp_task *task)
{
    pass_on(task, ~task->sig.mask);
}

void bp_sigmask_set(u64 mask)
{
    struct bp_task *task = bp_current_task();
    u64 before = task->sig.mask;

    mask &= ~BP_SIGSET_UNBLOCKABLE;
    if (mask == before)
        return;
    bp_lock(&task->proc->lock);
    task->sig.mask = mask;
    pass_on(task, mask & ~before);
    bp_signal_recalculate(task);
    bp_unlock(&task->proc->lock);
}

long bp_sigmask_push(u64 user_mask, u64 size)
{
    struct bp_task *task = bp_current_task();
    u64 mask;

    if (size != sizeof(mask))
        return -EINVAL;
    if (bp_get_user64(&mask, (u64 *)user_mask))
        return -EFAULT;
    task->sig.saved_mask = task->sig.mask;
    task->sig.restore_mask = true;
    task->thread.at_exit = true;
    bp_percpu()->exit_work |= BP_EXIT_LOOKS;
    bp_sigmask_set(mask);
    return 0;
}

bool bp_sigmask_pop(struct bp_sigtask *sig)
{
    if (!sig->restore_mask)
        return false;
    sig->restore_mask = false;
    bp_sigmask_set(sig->saved_mask);
    return true;
}
