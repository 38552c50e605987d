/* The queues of futexes, for those who add operations of their own (linux/futex_pi.c). */
#ifndef BP_SCHED_FUTEX_QUEUE_H
#define BP_SCHED_FUTEX_QUEUE_H

#include "base/list.h"
#include "base/lock.h"
#include "sched/futex.h"
#include "sched/sched.h"

enum {
    BP_FUTEX_BUCKETS_LOG2 = 10,
    BP_FUTEX_BUCKETS = 1 << BP_FUTEX_BUCKETS_LOG2,
};

/* The waiters of all futexes whose keys have one hash, longest waiting first. */
struct bp_futex_bucket {
    struct bp_lock lock;
    struct bp_list waiters;
} BP_ALIGNED(32);

/*
 * Guarded by the lock of its futex's bucket. On the waiting thread's handler stack, or in the arena
 * when threads of other processes may meet it there (bp_futex_waiter_get).
 */
struct bp_futex_waiter {
    struct bp_list node;   /* empty once woken, after which the structure may be gone */
    struct bp_futex futex; /* it and the bucket change with a requeue */
    struct bp_futex_bucket *bucket;
    u32 bitset;
    u32 tid;              /* 0, or who is to own a lock with priority inheritance: */
    struct bp_futex lock; /* where it waits already, or is to be moved to */
    bp_ref thread;
    struct bp_list member; /* in the arena: in its process's estate */
};

/* Those of this process: futexes in memory of one program, and all with priority inheritance. */
extern struct bp_futex_bucket bp_futex_buckets[BP_FUTEX_BUCKETS];
struct bp_futex_bucket *bp_futex_local_bucket_of(const struct bp_futex_key *key);

/* The same, or one in the arena for what processes may share. Never NULL; its list is initialised.
 */
struct bp_futex_bucket *bp_futex_bucket_of(const struct bp_futex_key *key);

/* Two buckets, which may be one, in an order that all agree on. */
void bp_futex_lock_both(struct bp_futex_bucket *a, struct bp_futex_bucket *b);
void bp_futex_unlock_both(struct bp_futex_bucket *a, struct bp_futex_bucket *b);

BP_INLINE bool bp_futex_same(const struct bp_futex_key *a, const struct bp_futex_key *b)
{
    return a->offset == b->offset && a->inode == b->inode && a->device == b->device;
}

/*
 * Queues the waiter in the locked bucket, unlocks it and parks until somebody takes the waiter out
 * of its queue. Returns 0 then, else -ETIMEDOUT or -EINTR, and the waiter is queued no more.
 */
long bp_futex_sleep(struct bp_futex_bucket *bucket, struct bp_futex_waiter *waiter, u64 deadline);

/* Moves a waiter to the end of another futex's queue. Both buckets are locked. */
void bp_futex_move(struct bp_futex_waiter *waiter, const struct bp_futex *target,
                   struct bp_futex_bucket *to);

/* Takes a waiter that was not woken out of its queue. Returns false when it was. */
bool bp_futex_remove(struct bp_futex_waiter *waiter);

/* Takes the waiter out of its queue, whose bucket is locked, and wakes it. */
void bp_futex_release(struct bp_futex_waiter *waiter);

#endif
