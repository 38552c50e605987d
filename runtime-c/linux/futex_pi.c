#include "linux/futex_pi.h"
#include "base/uaccess.h"
#include "linux/task.h"
#include "sched/futex_queue.h"

#include <errno.h>
#include <linux/futex.h>

enum {
    ACQUIRED = 1, /* of take, else 0: it is another's */
};

/* So that the end of a thread costs nothing while nobody waits for any such lock. */
static u32 lock_waiters;

static bool waits_for_lock(const struct bp_futex_waiter *waiter)
{
    return waiter->tid && bp_futex_same(&waiter->futex.key, &waiter->lock.key);
}

/* Who has waited longest for the lock, or NULL. The bucket is locked. */
static struct bp_futex_waiter *first_waiter(struct bp_futex_bucket *bucket,
                                            const struct bp_futex_key *key)
{
    bp_list_for_each (node, &bucket->waiters) {
        struct bp_futex_waiter *waiter = bp_list_entry(node, struct bp_futex_waiter, node);

        if (waits_for_lock(waiter) && bp_futex_same(&waiter->futex.key, key))
            return waiter;
    }
    return NULL;
}

/* 0, or why nobody would ever hand the lock on: -ESRCH, or -EBUSY while the owner is leaving. */
static long check_owner(u32 tid)
{
    const struct bp_task *owner = bp_task_find(tid);

    if (!owner)
        return -ESRCH;
    return READ_ONCE(owner->leaving) ? -EBUSY : 0;
}

/*
 * Takes the lock for tid if it is free; else marks it, so that its owner comes here to unlock it.
 * Returns ACQUIRED, 0, or an error; see check_owner. The bucket is locked.
 */
static long take(const struct bp_futex *lock, struct bp_futex_bucket *bucket, u32 tid)
{
    u32 waiters = first_waiter(bucket, &lock->key) ? FUTEX_WAITERS : 0, value, seen, owner, next;

    if (bp_get_user32(&value, lock->word))
        return -EFAULT;
    do {
        owner = value & FUTEX_TID_MASK;
        if (owner == tid)
            return -EDEADLK;
        next = owner ? value | FUTEX_WAITERS : tid | (value & FUTEX_OWNER_DIED) | waiters;
        seen = value;
        if (bp_cmpxchg_user32(lock->word, &value, next))
            return -EFAULT;
    } while (value != seen);
    return owner ? check_owner(owner) : ACQUIRED;
}

/*
 * Gives the lock from one thread to the first waiter, or frees it; flags are added to the word.
 * Returns 0, -EPERM when `from` is not the owner, or -EFAULT. The bucket is locked.
 */
static long hand_on(const struct bp_futex *lock, struct bp_futex_bucket *bucket, u32 from,
                    u32 flags)
{
    struct bp_futex_waiter *next = first_waiter(bucket, &lock->key);
    u32 value, seen;

    if (bp_get_user32(&value, lock->word))
        return -EFAULT;
    do {
        if ((value & FUTEX_TID_MASK) != from)
            return -EPERM;
        seen = value;
        if (bp_cmpxchg_user32(lock->word, &value, next ? next->tid | FUTEX_WAITERS | flags : 0))
            return -EFAULT;
    } while (value != seen);
    if (next)
        bp_futex_release(next);
    return 0;
}

/* Counted before the look at the owner; pairs with the fence of bp_futex_pi_exit. */
static void count_waiter(int by)
{
    __atomic_add_fetch(&lock_waiters, by, __ATOMIC_SEQ_CST);
}

static long lock_or_wait(const struct bp_futex *lock, u64 deadline, bool waits)
{
    struct bp_futex_bucket *bucket = bp_futex_local_bucket_of(&lock->key);
    struct bp_futex_waiter waiter = {
        .futex = *lock,
        .lock = *lock,
        .tid = bp_current_task()->tid,
        .thread = bp_thread_ref(bp_current()),
    };
    long ret;

    for (;;) {
        bp_lock(&bucket->lock);
        ret = take(lock, bucket, waiter.tid);
        if (!ret && waits)
            return bp_futex_sleep(bucket, &waiter, deadline);
        bp_unlock(&bucket->lock);
        if (ret != -EBUSY)
            return ret == ACQUIRED ? 0 : ret ? ret : -EAGAIN;
        bp_yield(); /* until the owner, on another worker, is gone */
    }
}

long bp_futex_lock_pi(const struct bp_futex *lock, u64 deadline)
{
    long ret;

    count_waiter(1);
    ret = lock_or_wait(lock, deadline, true);
    count_waiter(-1);
    return ret;
}

long bp_futex_trylock_pi(const struct bp_futex *lock)
{
    return lock_or_wait(lock, 0, false);
}

long bp_futex_unlock_pi(const struct bp_futex *lock)
{
    struct bp_futex_bucket *bucket = bp_futex_local_bucket_of(&lock->key);
    long ret;

    bp_lock(&bucket->lock);
    ret = hand_on(lock, bucket, bp_current_task()->tid, 0);
    bp_unlock(&bucket->lock);
    return ret;
}

/* ---- condition variables ---- */

long bp_futex_wait_requeue_pi(const struct bp_futex *futex, u32 expected, u64 deadline,
                              const struct bp_futex *lock)
{
    struct bp_futex_bucket *bucket = bp_futex_local_bucket_of(&futex->key);
    struct bp_futex_waiter waiter = {
        .futex = *futex,
        .lock = *lock,
        .tid = bp_current_task()->tid,
        .thread = bp_thread_ref(bp_current()),
    };
    u32 value;
    long ret;

    if (bp_futex_same(&futex->key, &lock->key))
        return -EINVAL;
    bp_lock(&bucket->lock);
    ret = bp_get_user32(&value, futex->word);
    if (ret || value != expected) {
        bp_unlock(&bucket->lock);
        return ret ? ret : -EAGAIN;
    }
    count_waiter(1);
    ret = bp_futex_sleep(bucket, &waiter, deadline);
    count_waiter(-1);
    /* Once moved, the wait cannot be begun again. */
    return ret == -EINTR && waits_for_lock(&waiter) ? -EAGAIN : ret;
}

/* One waiter gets the lock or is queued for it. Returns 0 or an error of take. */
static long move_to_lock(struct bp_futex_waiter *waiter, const struct bp_futex *lock,
                         struct bp_futex_bucket *to)
{
    long ret;

    if (!waiter->tid || !bp_futex_same(&waiter->lock.key, &lock->key))
        return -EINVAL;
    ret = take(lock, to, waiter->tid);
    if (ret == ACQUIRED)
        bp_futex_release(waiter);
    else if (!ret)
        bp_futex_move(waiter, &waiter->lock, to);
    return ret < 0 ? ret : 0;
}

/* Goes on until *left waiters were moved or none is left. Both buckets are locked. */
static long move_waiters(const struct bp_futex *futex, struct bp_futex_bucket *from,
                         const struct bp_futex *lock, struct bp_futex_bucket *to, u64 *left)
{
    bp_list_for_each_safe (node, &from->waiters) {
        struct bp_futex_waiter *waiter = bp_list_entry(node, struct bp_futex_waiter, node);
        long ret;

        if (!bp_futex_same(&waiter->futex.key, &futex->key))
            continue;
        if (!*left)
            break;
        ret = move_to_lock(waiter, lock, to);
        if (ret)
            return ret;
        --*left;
    }
    return 0;
}

long bp_futex_requeue_pi(const struct bp_futex *futex, const struct bp_futex *lock, u32 count,
                         u32 expected)
{
    struct bp_futex_bucket *from = bp_futex_local_bucket_of(&futex->key);
    struct bp_futex_bucket *to = bp_futex_local_bucket_of(&lock->key);
    u64 limit = (u64)count + 1, left = limit;
    u32 value;
    long ret;

    if (bp_futex_same(&futex->key, &lock->key))
        return -EINVAL;
    for (;;) {
        bp_futex_lock_both(from, to);
        ret = bp_get_user32(&value, futex->word);
        if (!ret)
            ret = value == expected ? move_waiters(futex, from, lock, to, &left) : -EAGAIN;
        bp_futex_unlock_both(from, to);
        if (ret != -EBUSY)
            return ret ? ret : (long)(limit - left);
        bp_yield(); /* as in lock_or_wait */
    }
}

/* ---- the end of an owner ---- */

void bp_futex_pi_exit(const struct bp_task *task)
{
    bp_full_fence();
    if (likely(!READ_ONCE(lock_waiters)))
        return;
    for (u32 i = 0; i < BP_FUTEX_BUCKETS; i++) {
        struct bp_futex_bucket *bucket = &bp_futex_buckets[i];

        if (!bucket->waiters.next)
            continue;
        bp_lock(&bucket->lock);
        bp_list_for_each_safe (node, &bucket->waiters) {
            struct bp_futex_waiter *waiter = bp_list_entry(node, struct bp_futex_waiter, node);

            /* Only the first waiter of a lock of this thread still finds it the owner. A word that
               cannot be read is nobody's. */
            if (waits_for_lock(waiter))
                hand_on(&waiter->futex, bucket, task->tid, FUTEX_OWNER_DIED);
        }
        bp_unlock(&bucket->lock);
    }
}
