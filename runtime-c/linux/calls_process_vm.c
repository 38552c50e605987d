/* process_vm_readv(2), process_vm_writev(2): between programs of this process, and of the host. */
#include "base/host.h"
#include "base/uaccess.h"
#include "linux/calls.h"
#include "linux/task.h"
#include "socket/iter.h"

#include <sys/syscall.h>

/* Copies page by page, so that what lies before a fault is transferred as Linux does it. */
static long copy_between(const struct bp_proc *target, struct bp_iter *local,
                         struct bp_iter *remote, bool write)
{
    size_t done = 0;

    while (local->left && remote->left) {
        size_t here, there, n;
        u8 *mine = bp_iter_piece(local, &here), *other = bp_iter_piece(remote, &there);

        n = BP_MIN(BP_MIN(here, there), BP_PAGE_SIZE - ((u64)other & (BP_PAGE_SIZE - 1)));
        if (!bp_slot_owns(target->slot, (u64)other, n) ||
            (write ? bp_copy(other, mine, n) : bp_copy(mine, other, n)))
            return done ? (long)done : -EFAULT;
        bp_iter_advance(local, n);
        bp_iter_advance(remote, n);
        done += n;
    }
    return (long)done;
}

/* A process of the host; the runtime's own memory is nobody's. */
static long host_transfer(long nr, const u64 args[6])
{
    if ((long)(int)args[0] == bp_host(SYS_getpid))
        return -EPERM;
    return bp_host(nr, args[0], args[1], args[2], args[3], args[4], args[5]);
}

static long transfer(long nr, const u64 args[6], bool write)
{
    struct bp_task *task = bp_task_find((u32)args[0]);
    struct bp_iov local, remote;
    long ret;

    if (args[5])
        return -EINVAL;
    if (!task)
        return host_transfer(nr, args);
    ret = bp_iov_import(&local, args[1], args[2]);
    if (ret)
        return ret;
    ret = bp_iov_import(&remote, args[3], args[4]);
    if (!ret) {
        ret = copy_between(task->proc, &local.it, &remote.it, write);
        bp_iov_release(&remote);
    }
    bp_iov_release(&local);
    return ret;
}

long bp_sys_process_vm_readv(u64 pid, u64 local, u64 nlocal, u64 remote, u64 nremote, u64 flags)
{
    return transfer(SYS_process_vm_readv, (const u64[]){pid, local, nlocal, remote, nremote, flags},
                    false);
}

long bp_sys_process_vm_writev(u64 pid, u64 local, u64 nlocal, u64 remote, u64 nremote, u64 flags)
{
    return transfer(SYS_process_vm_writev,
                    (const u64[]){pid, local, nlocal, remote, nremote, flags}, true);
}
