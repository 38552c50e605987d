/*
 * System V IPC: the host's, by keys and ids that other processes share. A call that would wait is
 * tried without waiting first; only then does a helper thread wait in its place.
 */
#include "base/host.h"
#include "base/uaccess.h"
#include "linux/calls.h"
#include "linux/shm.h"
#include "linux/task.h"
#include "sched/offload.h"

#include <linux/ipc.h>
#include <linux/msg.h>
#include <linux/sem.h>
#include <sys/syscall.h>

enum {
    SEMOPS_MAX = 500, /* SEMOPM */
};

/* ---- semaphores ---- */

struct operations {
    struct sembuf at_once[SEMOPS_MAX]; /* what they look like without waiting */
    bool waits, undoes;
};

static long look_at(struct operations *ops, u64 user, u64 count)
{
    if (bp_copy(ops->at_once, (void *)user, count * sizeof(*ops->at_once)))
        return -EFAULT;
    for (u64 i = 0; i < count; i++) {
        struct sembuf *op = &ops->at_once[i];

        ops->waits |= !(op->sem_flg & IPC_NOWAIT);
        ops->undoes |= !!(op->sem_flg & SEM_UNDO);
        op->sem_flg |= IPC_NOWAIT;
    }
    return 0;
}

/*
 * The host undoes at the end of whoever made the call. For a program alone in its host process that
 * is right; others have helpers, which end with them.
 */
static long with_undo(struct bp_proc *proc, const long args[6])
{
    bp_lock(&proc->lock);
    if (!proc->undoers)
        proc->undoers = bp_helpers_create();
    bp_unlock(&proc->lock);
    return proc->undoers ? bp_offload_to(proc->undoers, SYS_semtimedop, args) : -ENOMEM;
}

long bp_sys_semtimedop(u64 id, u64 user, u64 count, u64 user_timeout)
{
    struct bp_proc *proc = bp_current_proc();
    struct operations ops;
    s64 timeout[2];
    const long args[6] = {(long)id, (long)user, (long)count, user_timeout ? (long)timeout : 0};
    long ret;

    ops.waits = ops.undoes = false;
    if (!count || (int)id < 0)
        return -EINVAL;
    if (count > SEMOPS_MAX)
        return -E2BIG;
    if (user_timeout && bp_copy(timeout, (void *)user_timeout, sizeof(timeout)))
        return -EFAULT;
    ret = look_at(&ops, user, count);
    if (ret)
        return ret;
    if (user_timeout && (timeout[0] < 0 || (u64)timeout[1] >= 1000000000))
        return -EINVAL;
    if (ops.undoes && !proc->forked)
        return with_undo(proc, args);
    ret = bp_host(SYS_semtimedop, id, ops.at_once, count, NULL);
    if (ret != -EAGAIN || !ops.waits)
        return ret;
    return bp_offload_interruptible(SYS_semtimedop, args);
}

long bp_sys_semop(u64 id, u64 ops, u64 count)
{
    return bp_sys_semtimedop(id, ops, count, 0);
}

/* ---- messages ---- */

static long send_or_receive(long nr, const long args[6], u64 flags, int flags_at, long would_wait)
{
    long at_once[6];
    long ret;

    memcpy(at_once, args, sizeof(at_once));
    at_once[flags_at] = (long)(flags | IPC_NOWAIT);
    ret = bp_host(nr, at_once[0], at_once[1], at_once[2], at_once[3], at_once[4]);
    if (ret != would_wait || flags & IPC_NOWAIT)
        return ret;
    return bp_offload_interruptible(nr, args);
}

long bp_sys_msgsnd(u64 id, u64 msg, u64 size, u64 flags)
{
    return send_or_receive(SYS_msgsnd,
                           (const long[6]){(long)id, (long)msg, (long)size, (long)flags}, flags, 3,
                           -EAGAIN);
}

/* MSG_COPY goes with IPC_NOWAIT only: the host must see that it was not given. */
long bp_sys_msgrcv(u64 id, u64 msg, u64 size, u64 type, u64 flags)
{
    if (flags & MSG_COPY && !(flags & IPC_NOWAIT))
        return -EINVAL;
    return send_or_receive(
        SYS_msgrcv, (const long[6]){(long)id, (long)msg, (long)size, (long)type, (long)flags},
        flags, 4, -ENOMSG);
}
