/* futex(2): decoding; the waiting and waking is in sched/futex.h and linux/futex_pi.h. */
#include "linux/calls.h"
#include "linux/futex_key.h"
#include "linux/futex_pi.h"
#include "linux/timespec.h"

#include <errno.h>
#include <linux/futex.h>

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

struct request {
    struct bp_futex futex, futex2;
    u32 value, value2, value3;
    u64 deadline;
    bool timed;
};

/* ---- the operations ---- */

/* A wait with a time limit is not made again behind a handler's back. */
static long interruptible(const struct request *r, long ret)
{
    if (ret == -EINTR && r->timed)
        bp_current()->no_restart = true;
    return ret;
}

/* A wait for a lock always is: its deadline is absolute, and callers do not know EINTR. */
static long restarted(long ret)
{
    if (ret == -EINTR)
        bp_current()->restarts = true;
    return ret;
}

static long wait(const struct request *r)
{
    return interruptible(r, bp_futex_wait(&r->futex, r->value, r->deadline, BP_FUTEX_ANY));
}

static long wait_bitset(const struct request *r)
{
    return interruptible(r, bp_futex_wait(&r->futex, r->value, r->deadline, r->value3));
}

static long wake(const struct request *r)
{
    return bp_futex_wake(&r->futex, r->value, BP_FUTEX_ANY);
}

static long wake_bitset(const struct request *r)
{
    return bp_futex_wake(&r->futex, r->value, r->value3);
}

/* The counts of requeues are signed. */
static long requeue_if(const struct request *r, const u32 *expected)
{
    if ((s32)r->value < 0 || (s32)r->value2 < 0)
        return -EINVAL;
    return bp_futex_requeue(&r->futex, &r->futex2, r->value, r->value2, expected);
}

static long requeue(const struct request *r)
{
    return requeue_if(r, NULL);
}

static long cmp_requeue(const struct request *r)
{
    return requeue_if(r, &r->value3);
}

static long wake_op(const struct request *r)
{
    return bp_futex_wake_op(&r->futex, &r->futex2, r->value, r->value2, r->value3);
}

static long lock_pi(const struct request *r)
{
    return restarted(bp_futex_lock_pi(&r->futex, r->deadline));
}

static long trylock_pi(const struct request *r)
{
    return bp_futex_trylock_pi(&r->futex);
}

static long unlock_pi(const struct request *r)
{
    return bp_futex_unlock_pi(&r->futex);
}

static long wait_requeue_pi(const struct request *r)
{
    return restarted(bp_futex_wait_requeue_pi(&r->futex, r->value, r->deadline, &r->futex2));
}

static long cmp_requeue_pi(const struct request *r)
{
    if (r->value != 1 || (s32)r->value2 < 0)
        return -EINVAL;
    return bp_futex_requeue_pi(&r->futex, &r->futex2, r->value2, r->value3);
}

/* ---- decoding ---- */

enum limit {
    NO_LIMIT,
    RELATIVE,
    ABSOLUTE,  /* on the clock that FUTEX_CLOCK_REALTIME chooses */
    WALL_TIME, /* absolute, on CLOCK_REALTIME */
};

static const struct {
    long (*run)(const struct request *r);
    u8 limit; /* what the fourth argument is: enum limit; without, it is a count */
    bool two; /* there is a second futex */
} operations[] = {
    [FUTEX_WAIT] = {wait, RELATIVE, false},
    [FUTEX_WAKE] = {wake, NO_LIMIT, false},
    [FUTEX_REQUEUE] = {requeue, NO_LIMIT, true},
    [FUTEX_CMP_REQUEUE] = {cmp_requeue, NO_LIMIT, true},
    [FUTEX_WAKE_OP] = {wake_op, NO_LIMIT, true},
    [FUTEX_LOCK_PI] = {lock_pi, WALL_TIME, false},
    [FUTEX_UNLOCK_PI] = {unlock_pi, NO_LIMIT, false},
    [FUTEX_TRYLOCK_PI] = {trylock_pi, NO_LIMIT, false},
    [FUTEX_WAIT_BITSET] = {wait_bitset, ABSOLUTE, false},
    [FUTEX_WAKE_BITSET] = {wake_bitset, NO_LIMIT, false},
    [FUTEX_WAIT_REQUEUE_PI] = {wait_requeue_pi, ABSOLUTE, true},
    [FUTEX_CMP_REQUEUE_PI] = {cmp_requeue_pi, NO_LIMIT, true},
    [FUTEX_LOCK_PI2] = {lock_pi, ABSOLUTE, false},
};

/* Stores the CLOCK_MONOTONIC ns of a time limit. Returns 0, -EFAULT or -EINVAL. */
static long get_deadline(u64 *deadline, u64 timeout, enum limit limit, bool wall_time)
{
    u64 ns;
    long ret = bp_get_timespec(&ns, timeout);

    if (ret)
        return ret;
    if (limit == RELATIVE)
        *deadline = bp_deadline(bp_now(), ns);
    else if (limit == WALL_TIME || wall_time)
        *deadline = bp_deadline_of_wall_time(ns);
    else
        *deadline = ns;
    return 0;
}

long bp_sys_futex(u64 uaddr, u64 op, u64 value, u64 timeout, u64 uaddr2, u64 value3)
{
    u32 command = (u32)op & FUTEX_CMD_MASK;
    bool private = op & FUTEX_PRIVATE_FLAG, wall_time = op & FUTEX_CLOCK_REALTIME;
    struct request request = {
        .value = (u32)value,
        .value2 = (u32)timeout,
        .value3 = (u32)value3,
        .deadline = BP_NEVER,
    };
    enum limit limit;
    long ret;

    if (command >= ARRAY_SIZE(operations) || !operations[command].run)
        return -ENOSYS;
    limit = operations[command].limit;
    if (wall_time && limit != ABSOLUTE)
        return -ENOSYS; /* only there is a clock to choose */
    if (limit != NO_LIMIT && timeout) {
        request.timed = true;
        ret = get_deadline(&request.deadline, timeout, limit, wall_time);
        if (ret)
            return ret;
    }
    if (uaddr & 3 || (operations[command].two && uaddr2 & 3))
        return -EINVAL;
    request.futex = bp_futex_at(bp_current_proc(), uaddr, private);
    if (operations[command].two)
        request.futex2 = bp_futex_at(bp_current_proc(), uaddr2, private);
    return operations[command].run(&request);
}
