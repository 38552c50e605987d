/* The futex at an address of a program. */
#ifndef BP_LINUX_FUTEX_KEY_H
#define BP_LINUX_FUTEX_KEY_H

#include "linux/task.h"
#include "sched/futex.h"

/* Any address, mapped or not; private as by FUTEX_PRIVATE_FLAG: nobody else maps the page. */
BP_INLINE struct bp_futex bp_futex_at(struct bp_proc *proc, u64 addr, bool private)
{
    struct bp_futex futex = {(u32 *)addr, {0, BP_FUTEX_INODE_PRIVATE, addr}};
    struct bp_shared_object object;

    if (private)
        return futex;
    if (bp_shared_find(&proc->shared, addr, &object, &futex.key.offset)) {
        futex.key.device = object.device;
        futex.key.inode = object.inode;
    } else {
        futex.key.inode = BP_FUTEX_INODE_UNSHARED;
    }
    return futex;
}

#endif
