#include "sched/futex.h"
#include "base/host.h"
#include "base/mem.h"
#include "base/uaccess.h"
#include "memory/arena.h"
#include "memory/pool.h"
#include "sched/futex_queue.h"
#include "sched/process.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>

BP_STATIC_ASSERT(sizeof(struct bp_futex_waiter) <= 2 * 64, "memory/pool.def");

/* On pages of its own: a fork clears it by giving them back. */
struct bp_futex_bucket bp_futex_buckets[BP_FUTEX_BUCKETS] BP_ALIGNED(BP_PAGE_SIZE);
BP_STATIC_ASSERT(sizeof(bp_futex_buckets) % BP_PAGE_SIZE == 0, "whole pages");

/* In the arena. */
static struct bp_futex_bucket *shared_buckets;

int bp_futex_init(void)
{
    shared_buckets = bp_arena_alloc(sizeof(bp_futex_buckets));
    for (u32 i = 0; shared_buckets && i < BP_FUTEX_BUCKETS; i++)
        bp_list_init(&shared_buckets[i].waiters);
    return shared_buckets ? 0 : -ENOMEM;
}

static u32 hash(const struct bp_futex_key *key)
{
    u64 mixed = (key->offset >> 2) + (key->inode << 20) + (key->device << 44);

    return mixed * 0x9e3779b97f4a7c15ULL >> (64 - BP_FUTEX_BUCKETS_LOG2);
}

struct bp_futex_bucket *bp_futex_local_bucket_of(const struct bp_futex_key *key)
{
    struct bp_futex_bucket *bucket = &bp_futex_buckets[hash(key)];

    if (unlikely(!bucket->waiters.next)) {
        bp_lock(&bucket->lock);
        if (!bucket->waiters.next)
            bp_list_init(&bucket->waiters);
        bp_unlock(&bucket->lock);
    }
    return bucket;
}

static bool is_shared(const struct bp_futex_key *key)
{
    return key->device || key->inode > BP_FUTEX_INODE_UNSHARED;
}

struct bp_futex_bucket *bp_futex_bucket_of(const struct bp_futex_key *key)
{
    return unlikely(is_shared(key)) ? &shared_buckets[hash(key)] : bp_futex_local_bucket_of(key);
}

void bp_futex_forked(void)
{
    if (bp_host(SYS_madvise, bp_futex_buckets, sizeof(bp_futex_buckets), MADV_DONTNEED))
        memset(bp_futex_buckets, 0, sizeof(bp_futex_buckets)); /* they are locked in memory */
}

void bp_futex_bury(u32 place)
{
    struct bp_list *waiters = &bp_process_estate(place)->waiters;

    while (!bp_list_empty(waiters)) {
        struct bp_futex_waiter *waiter = bp_list_first(waiters, struct bp_futex_waiter, member);

        bp_futex_remove(waiter);
        bp_unlink(&waiter->member);
        bp_pool_put(BP_POOL_FUTEX_WAITER, waiter);
        bp_undo_forget();
    }
}

/* In address order. */
void bp_futex_lock_both(struct bp_futex_bucket *a, struct bp_futex_bucket *b)
{
    bp_lock(a < b ? &a->lock : &b->lock);
    if (a != b)
        bp_lock(a < b ? &b->lock : &a->lock);
}

void bp_futex_unlock_both(struct bp_futex_bucket *a, struct bp_futex_bucket *b)
{
    bp_unlock(&a->lock);
    if (a != b)
        bp_unlock(&b->lock);
}

/* ---- waiting ---- */

/* Removes a waiter that was not woken. A requeue may move it to another bucket while we look for
 * its lock. */
bool bp_futex_remove(struct bp_futex_waiter *waiter)
{
    for (;;) {
        struct bp_futex_bucket *bucket = READ_ONCE(waiter->bucket);
        bool moved, linked;

        bp_lock(&bucket->lock);
        moved = bucket != waiter->bucket;
        linked = !bp_list_empty(&waiter->node);
        if (!moved && linked)
            bp_unlink(&waiter->node);
        bp_unlock(&bucket->lock);
        if (!moved)
            return linked;
    }
}

/*
 * After a wake-up: false when it was meant, else prepares for the next park. The look comes after
 * bp_park_begin, so that a wake-up in between is not lost.
 */
static bool still_waits(const struct bp_futex_waiter *waiter)
{
    bp_park_begin();
    if (!bp_list_empty(&waiter->node))
        return true;
    bp_park_cancel();
    return false;
}

long bp_futex_sleep(struct bp_futex_bucket *bucket, struct bp_futex_waiter *waiter, u64 deadline)
{
    long ret;

    bp_set(waiter->bucket, bucket);
    bp_link_tail(&bucket->waiters, &waiter->node);
    bp_park_begin();
    bp_unlock(&bucket->lock);
    while (!(ret = bp_park(deadline)) && still_waits(waiter))
        ; /* a spurious wake-up */
    if (likely(!ret))
        return 0;
    return bp_futex_remove(waiter) ? ret : 0; /* woken in the same moment counts as woken */
}

static long wait(struct bp_futex_bucket *bucket, struct bp_futex_waiter *waiter, u32 expected,
                 u64 deadline)
{
    u32 value;
    long ret;

    bp_lock(&bucket->lock);
    ret = bp_get_user32(&value, waiter->futex.word);
    if (unlikely(ret || value != expected)) {
        bp_unlock(&bucket->lock);
        return ret ? ret : -EAGAIN;
    }
    return bp_futex_sleep(bucket, waiter, deadline);
}

/* Among processes: the waiter is where all of them can see it. */
static BP_NOINLINE long wait_shared(const struct bp_futex_waiter *own, u32 expected, u64 deadline)
{
    struct bp_futex_waiter *waiter = bp_pool_get(BP_POOL_FUTEX_WAITER);
    long ret;

    if (!waiter)
        return -ENOMEM;
    *waiter = *own;
    bp_list_init(&waiter->node);
    bp_list_init(&waiter->member);
    waiter->bucket = bp_futex_bucket_of(&own->futex.key);
    if (unlikely(bp_estate))
        bp_link_tail(&bp_estate->waiters, &waiter->member);
    bp_undo_forget();
    ret = wait(bp_futex_bucket_of(&own->futex.key), waiter, expected, deadline);
    bp_unlink(&waiter->member);
    bp_pool_put(BP_POOL_FUTEX_WAITER, waiter);
    bp_undo_forget();
    return ret;
}

long bp_futex_wait(const struct bp_futex *futex, u32 expected, u64 deadline, u32 bitset)
{
    struct bp_futex_waiter waiter = {
        .futex = *futex,
        .bitset = bitset,
        .thread = bp_thread_ref(bp_current()),
    };

    if (!bitset)
        return -EINVAL;
    if (unlikely(is_shared(&futex->key)))
        return wait_shared(&waiter, expected, deadline);
    return wait(bp_futex_local_bucket_of(&futex->key), &waiter, expected, deadline);
}

/* ---- waking ---- */

void bp_futex_release(struct bp_futex_waiter *waiter)
{
    bp_ref thread = waiter->thread;

    bp_unlink(&waiter->node); /* the waiter may be gone after this */
    bp_undo_forget();
    bp_unpark_ref(thread);
}

/* Wakes matching waiters in bucket, whose lock is held. */
static long wake_locked(struct bp_futex_bucket *bucket, const struct bp_futex_key *key, u32 count,
                        u32 bitset)
{
    long woken = 0;

    bp_list_for_each_safe (node, &bucket->waiters) {
        struct bp_futex_waiter *waiter = bp_list_entry(node, struct bp_futex_waiter, node);

        if (!bp_futex_same(&waiter->futex.key, key))
            continue;
        if (woken == count)
            break;
        if (unlikely(waiter->tid))
            return -EINVAL;
        if (!(waiter->bitset & bitset))
            continue;
        bp_futex_release(waiter);
        woken++;
    }
    return woken;
}

long bp_futex_wake(const struct bp_futex *futex, u32 count, u32 bitset)
{
    struct bp_futex_bucket *bucket = bp_futex_bucket_of(&futex->key);
    long woken;

    if (!bitset)
        return -EINVAL;
    bp_lock(&bucket->lock);
    woken = wake_locked(bucket, &futex->key, count, bitset);
    bp_unlock(&bucket->lock);
    return woken;
}

/* Within one bucket it keeps its place: whoever goes through the list must not meet it again. */
void bp_futex_move(struct bp_futex_waiter *waiter, const struct bp_futex *target,
                   struct bp_futex_bucket *to)
{
    bp_set(waiter->futex.word, target->word);
    bp_set(waiter->futex.key.device, target->key.device);
    bp_set(waiter->futex.key.inode, target->key.inode);
    bp_set(waiter->futex.key.offset, target->key.offset);
    if (waiter->bucket != to) {
        bp_unlink(&waiter->node);
        bp_link_tail(&to->waiters, &waiter->node);
        bp_set(waiter->bucket, to);
    }
    bp_undo_forget();
}

/* Moves waiters of key, at most count, to target in another queue. Both are locked. */
static long move_locked(struct bp_futex_bucket *from, const struct bp_futex_key *key,
                        struct bp_futex_bucket *to, const struct bp_futex *target, u32 count)
{
    u32 moved = 0;

    bp_list_for_each_safe (node, &from->waiters) {
        struct bp_futex_waiter *waiter = bp_list_entry(node, struct bp_futex_waiter, node);

        if (!bp_futex_same(&waiter->futex.key, key))
            continue;
        if (moved == count)
            break;
        if (unlikely(waiter->tid))
            return -EINVAL;
        bp_futex_move(waiter, target, to);
        moved++;
    }
    return moved;
}

long bp_futex_requeue(const struct bp_futex *futex, const struct bp_futex *target, u32 wake,
                      u32 requeue, const u32 *expected)
{
    struct bp_futex_bucket *from = bp_futex_bucket_of(&futex->key);
    struct bp_futex_bucket *to = bp_futex_bucket_of(&target->key);
    long ret = 0, moved;
    u32 value;

    if (is_shared(&futex->key) != is_shared(&target->key))
        return -EINVAL; /* a waiter is where it can be seen from its first futex on */
    bp_futex_lock_both(from, to);
    if (expected) {
        ret = bp_get_user32(&value, futex->word);
        if (!ret && value != *expected)
            ret = -EAGAIN;
    }
    if (ret)
        goto out;
    ret = wake_locked(from, &futex->key, wake, BP_FUTEX_ANY);
    if (ret < 0)
        goto out;
    moved = move_locked(from, &futex->key, to, target, requeue);
    ret = moved < 0 ? moved : ret + moved;
out:
    bp_futex_unlock_both(from, to);
    return ret;
}

/* ---- FUTEX_WAKE_OP ---- */

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

long bp_futex_wake_op(const struct bp_futex *futex, const struct bp_futex *futex2, u32 wake,
                      u32 wake2, u32 encoded_op)
{
    struct bp_futex_bucket *a = bp_futex_bucket_of(&futex->key);
    struct bp_futex_bucket *b = bp_futex_bucket_of(&futex2->key);
    bool meets = false;
    long ret, second;

    bp_futex_lock_both(a, b);
    ret = apply_op(futex2->word, encoded_op, &meets);
    if (!ret)
        ret = wake_locked(a, &futex->key, wake, BP_FUTEX_ANY);
    if (ret >= 0 && meets) {
        second = wake_locked(b, &futex2->key, wake2, BP_FUTEX_ANY);
        ret = second < 0 ? second : ret + second;
    }
    bp_futex_unlock_both(a, b);
    return ret;
}
