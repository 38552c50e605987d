#include "sched/futex.h"
#include "base/lock.h"
#include "base/list.h"
#include "base/uaccess.h"
#include "sched/sched.h"

#include <errno.h>
#include <linux/futex.h>

enum {
    BUCKETS = 1024
};

struct bucket {
    struct bp_lock lock;
    struct bp_list waiters;
} BP_ALIGNED(32);

/* On the waiting thread's handler stack. */
struct waiter {
    struct bp_list node; /* empty once woken */
    u32 *word;           /* changes with a requeue */
    u32 bitset;
    struct bp_thread *thread;
};

static struct bucket buckets[BUCKETS];

static struct bucket *bucket_of(const u32 *word)
{
    struct bucket *bucket = &buckets[((u64)word >> 2) * 0x9e3779b97f4a7c15ULL >> 54];

    if (unlikely(!bucket->waiters.next)) {
        bp_lock(&bucket->lock);
        if (!bucket->waiters.next)
            bp_list_init(&bucket->waiters);
        bp_unlock(&bucket->lock);
    }
    return bucket;
}

BP_STATIC_ASSERT(BUCKETS == 1 << (64 - 54), "the hash takes the top bits");

/* Removes a waiter that was not woken. A requeue may move it to another bucket while we look for
 * its lock. */
static bool remove_waiter(struct waiter *waiter)
{
    for (;;) {
        struct bucket *bucket = bucket_of(READ_ONCE(waiter->word));
        bool moved, linked;

        bp_lock(&bucket->lock);
        moved = bucket != bucket_of(waiter->word);
        linked = !bp_list_empty(&waiter->node);
        if (!moved && linked)
            bp_list_del(&waiter->node);
        bp_unlock(&bucket->lock);
        if (!moved)
            return linked;
    }
}

/*
 * After a wake-up: false when it was meant, else prepares for the next park. The look comes after
 * bp_park_begin, so that a wake-up in between is not lost.
 */
static bool still_waits(const struct waiter *waiter)
{
    bp_park_begin();
    if (!bp_list_empty(&waiter->node))
        return true;
    bp_park_cancel();
    return false;
}

long bp_futex_wait(u32 *word, u32 expected, u64 deadline, u32 bitset)
{
    struct waiter waiter = {.word = word, .bitset = bitset, .thread = bp_current()};
    struct bucket *bucket = bucket_of(word);
    u32 value;
    long ret;

    if (!bitset)
        return -EINVAL;
    bp_lock(&bucket->lock);
    ret = bp_get_user32(&value, word);
    if (unlikely(ret || value != expected)) {
        bp_unlock(&bucket->lock);
        return ret ? ret : -EAGAIN;
    }
    bp_list_add_tail(&bucket->waiters, &waiter.node);
    bp_park_begin();
    bp_unlock(&bucket->lock);

    while (!(ret = bp_park(deadline)) && still_waits(&waiter))
        ; /* a spurious wake-up */
    if (likely(!ret))
        return 0;
    return remove_waiter(&waiter) ? ret : 0; /* woken in the same moment counts as woken */
}

/* Wakes matching waiters of word in bucket, whose lock is held. */
static long wake_locked(struct bucket *bucket, u32 *word, u32 count, u32 bitset)
{
    long woken = 0;

    bp_list_for_each_safe (node, &bucket->waiters) {
        struct waiter *waiter = bp_list_entry(node, struct waiter, node);
        struct bp_thread *thread = waiter->thread;

        if (waiter->word != word || !(waiter->bitset & bitset))
            continue;
        if (woken == count)
            break;
        bp_list_del(node); /* the waiter may be gone after this */
        bp_unpark(thread);
        woken++;
    }
    return woken;
}

long bp_futex_wake(u32 *word, u32 count, u32 bitset)
{
    struct bucket *bucket = bucket_of(word);
    long woken;

    if (!bitset)
        return -EINVAL;
    bp_lock(&bucket->lock);
    woken = wake_locked(bucket, word, count, bitset);
    bp_unlock(&bucket->lock);
    return woken;
}

/* Two buckets are locked in address order. */
static void lock_both(struct bucket *a, struct bucket *b)
{
    bp_lock(a < b ? &a->lock : &b->lock);
    if (a != b)
        bp_lock(a < b ? &b->lock : &a->lock);
}

static void unlock_both(struct bucket *a, struct bucket *b)
{
    bp_unlock(&a->lock);
    if (a != b)
        bp_unlock(&b->lock);
}

long bp_futex_requeue(u32 *word, u32 *target, u32 wake, u32 requeue, const u32 *expected)
{
    struct bucket *from = bucket_of(word), *to = bucket_of(target);
    u32 value, moved = 0;
    long ret = 0;

    lock_both(from, to);
    if (expected) {
        ret = bp_get_user32(&value, word);
        if (!ret && value != *expected)
            ret = -EAGAIN;
    }
    if (ret)
        goto out;
    ret = wake_locked(from, word, wake, BP_FUTEX_ANY);
    bp_list_for_each_safe (node, &from->waiters) {
        struct waiter *waiter = bp_list_entry(node, struct waiter, node);

        if (waiter->word != word)
            continue;
        if (moved == requeue)
            break;
        bp_list_del(node);
        waiter->word = target;
        bp_list_add_tail(&to->waiters, node);
        moved++;
    }
    ret += moved;
out:
    unlock_both(from, to);
    return ret;
}

/* The operation half of FUTEX_WAKE_OP: changes *word2 and tells whether the old value meets the
 * condition. */
static long apply_op(u32 *word2, u32 encoded, bool *meets)
{
    u32 op = encoded >> 28 & 7, cmp = encoded >> 24 & 15;
    s32 oparg = (s32)(encoded << 8) >> 20, cmparg = (s32)(encoded << 20) >> 20;
    u32 old, seen, next;

    if (encoded >> 28 & FUTEX_OP_OPARG_SHIFT)
        oparg = 1 << (oparg & 31);
    if (bp_get_user32(&old, word2))
        return -EFAULT;
    do {
        u32 arg = (u32)oparg;

        switch (op) {
        case FUTEX_OP_SET:
            next = arg;
            break;
        case FUTEX_OP_ADD:
            next = old + arg;
            break;
        case FUTEX_OP_OR:
            next = old | arg;
            break;
        case FUTEX_OP_ANDN:
            next = old & ~arg;
            break;
        case FUTEX_OP_XOR:
            next = old ^ arg;
            break;
        default:
            return -ENOSYS;
        }
        seen = old;
        if (bp_cmpxchg_user32(word2, &old, next))
            return -EFAULT;
    } while (old != seen);

    s32 before = (s32)old;
    const bool results[] = {
        [FUTEX_OP_CMP_EQ] = before == cmparg,
        [FUTEX_OP_CMP_NE] = before != cmparg,
        [FUTEX_OP_CMP_LT] =
            before<cmparg, [FUTEX_OP_CMP_LE] = before <= cmparg, [FUTEX_OP_CMP_GT] = before> cmparg,
        [FUTEX_OP_CMP_GE] = before >= cmparg,
    };
    if (cmp >= ARRAY_SIZE(results))
        return -ENOSYS;
    *meets = results[cmp];
    return 0;
}

long bp_futex_wake_op(u32 *word, u32 *word2, u32 wake, u32 wake2, u32 encoded_op)
{
    struct bucket *a = bucket_of(word), *b = bucket_of(word2);
    bool meets = false;
    long ret;

    lock_both(a, b);
    ret = apply_op(word2, encoded_op, &meets);
    if (!ret) {
        ret = wake_locked(a, word, wake, BP_FUTEX_ANY);
        if (meets)
            ret += wake_locked(b, word2, wake2, BP_FUTEX_ANY);
    }
    unlock_both(a, b);
    return ret;
}

void bp_futex_forked(void)
{
    memset(buckets, 0, sizeof(buckets));
}
