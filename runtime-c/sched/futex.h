/* Futexes (futex(2)) over user threads, for words in private memory and, keyed by address, in the
 * arena. */
#ifndef BP_SCHED_FUTEX_H
#define BP_SCHED_FUTEX_H

#include "base/base.h"

#define BP_FUTEX_ANY 0xffffffffu

/*
 * Waits while *word == expected, until woken with an overlapping bitset. deadline is
 * CLOCK_MONOTONIC ns. Returns 0, -EAGAIN (word differs), -ETIMEDOUT, -EINTR, -EFAULT.
 */
long bp_futex_wait(u32 *word, u32 expected, u64 deadline, u32 bitset);

/* Wakes at most count waiters whose bitset overlaps. Returns how many. */
long bp_futex_wake(u32 *word, u32 count, u32 bitset);

/*
 * Wakes at most wake waiters of word, and moves at most requeue others to target. With expected
 * non-NULL, only if *word == *expected (-EAGAIN otherwise). Returns woken plus moved
 * (FUTEX_CMP_REQUEUE) as Linux counts them.
 */
long bp_futex_requeue(u32 *word, u32 *target, u32 wake, u32 requeue, const u32 *expected);

/* FUTEX_WAKE_OP: see futex(2). Returns the number woken, or -EFAULT, -ENOSYS. */
long bp_futex_wake_op(u32 *word, u32 *word2, u32 wake, u32 wake2, u32 encoded_op);

/* In a forked child: nobody waits. */
void bp_futex_forked(void);

#endif
