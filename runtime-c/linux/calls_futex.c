/* futex(2): decoding; the waiting and waking is in sched/futex.h. */
#include "linux/calls.h"
#include "linux/timespec.h"
#include "sched/futex.h"

#include <errno.h>
#include <linux/futex.h>

/* The deadline of a wait: relative for FUTEX_WAIT, absolute on one of two clocks for the others. */
static long wait_deadline(u64 *deadline, u64 op, u64 timeout)
{
    u64 ns, now = bp_now();
    long ret;

    *deadline = BP_NEVER;
    if (!timeout)
        return 0;
    ret = bp_get_timespec(&ns, timeout);
    if (ret)
        return ret;
    if ((op & FUTEX_CMD_MASK) == FUTEX_WAIT) {
        *deadline = bp_deadline(now, ns);
    } else if (op & FUTEX_CLOCK_REALTIME) {
        u64 wall = bp_now_realtime();
        *deadline = ns > wall ? bp_deadline(now, ns - wall) : now;
    } else {
        *deadline = ns;
    }
    return 0;
}

static long wait_call(u32 *word, u64 op, u32 value, u64 timeout, u32 bitset)
{
    u64 deadline;
    long ret = wait_deadline(&deadline, op, timeout);

    if (ret)
        return ret;
    ret = bp_futex_wait(word, value, deadline, bitset);
    if (ret == -EINTR && timeout)
        bp_current()->no_restart = true;
    return ret;
}

/* futex(2): the counts are signed there. */
static long requeue_call(u32 *word, u32 *target, u32 wake, u32 requeue, const u32 *expected)
{
    if ((u64)target & 3 || (s32)wake < 0 || (s32)requeue < 0)
        return -EINVAL;
    return bp_futex_requeue(word, target, wake, requeue, expected);
}

long bp_sys_futex(u64 uaddr, u64 op, u64 value, u64 timeout, u64 uaddr2, u64 value3)
{
    u32 *word = (u32 *)uaddr, *word2 = (u32 *)uaddr2;
    u32 count2 = (u32)timeout, expected = (u32)value3;

    if (op & FUTEX_CLOCK_REALTIME && (op & FUTEX_CMD_MASK) != FUTEX_WAIT_BITSET)
        return -ENOSYS; /* only an absolute deadline has a clock to choose */
    if (uaddr & 3)
        return -EINVAL;
    switch (op & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
        return wait_call(word, op, (u32)value, timeout, BP_FUTEX_ANY);
    case FUTEX_WAIT_BITSET:
        return wait_call(word, op, (u32)value, timeout, (u32)value3);
    case FUTEX_WAKE:
        return bp_futex_wake(word, (u32)value, BP_FUTEX_ANY);
    case FUTEX_WAKE_BITSET:
        return bp_futex_wake(word, (u32)value, (u32)value3);
    case FUTEX_REQUEUE:
        return requeue_call(word, word2, (u32)value, count2, NULL);
    case FUTEX_CMP_REQUEUE:
        return requeue_call(word, word2, (u32)value, count2, &expected);
    case FUTEX_WAKE_OP:
        return uaddr2 & 3 ? -EINVAL
                          : bp_futex_wake_op(word, word2, (u32)value, count2, (u32)value3);
    default:
        return -ENOSYS; /* PI futexes: glibc reports ENOTSUP for such mutexes then */
    }
}
