/* Futexes (futex(2)) over user threads. */
#ifndef BP_SCHED_FUTEX_H
#define BP_SCHED_FUTEX_H

#include "base/base.h"

#define BP_FUTEX_ANY 0xffffffffu

/*
 * What a futex is known by: the page's identity and the place in it, so that all mappings of one
 * page meet. It holds no pointer: two host processes on one arena meet by the same key. Device 0 is
 * anonymous memory; its inodes below are for memory that is not shared, where offset is the address
 * (programs have disjoint addresses).
 */
struct bp_futex_key {
    u64 device, inode, offset;
};

enum {
    BP_FUTEX_INODE_PRIVATE,  /* asked for with FUTEX_PRIVATE_FLAG */
    BP_FUTEX_INODE_UNSHARED, /* not so, but in memory of the program's own; the two do not meet */
};

/* A futex as the caller reaches it: waiters of one key may have different words. */
struct bp_futex {
    u32 *word; /* in a program's memory */
    struct bp_futex_key key;
};

/*
 * Waits while *word == expected, until woken with an overlapping bitset. deadline is
 * CLOCK_MONOTONIC ns. Returns 0, -EAGAIN (word differs), -ETIMEDOUT, -EINTR, -EFAULT.
 */
long bp_futex_wait(const struct bp_futex *futex, u32 expected, u64 deadline, u32 bitset);

/* Wakes at most count waiters whose bitset overlaps. Returns how many, or -EINVAL when it meets one
 * that waits for a lock with priority inheritance. */
long bp_futex_wake(const struct bp_futex *futex, u32 count, u32 bitset);

/*
 * Wakes at most wake waiters, and moves at most requeue others to target. With expected non-NULL,
 * only if *word == *expected (-EAGAIN otherwise). Returns woken plus moved (FUTEX_CMP_REQUEUE) as
 * Linux counts them, or an error of bp_futex_wake.
 */
long bp_futex_requeue(const struct bp_futex *futex, const struct bp_futex *target, u32 wake,
                      u32 requeue, const u32 *expected);

/* FUTEX_WAKE_OP: see futex(2). Returns the number woken, or -EFAULT, -ENOSYS, -EINVAL as above. */
long bp_futex_wake_op(const struct bp_futex *futex, const struct bp_futex *futex2, u32 wake,
                      u32 wake2, u32 encoded_op);

/* Makes the queues that processes share. Once, in the launcher. Returns 0 or -ENOMEM. */
int bp_futex_init(void);

/* A process was killed: its threads wait no more. */
void bp_futex_bury(u32 place);

/* In a forked child: nobody waits. */
void bp_futex_forked(void);

#endif
