/*
 * Locks with priority inheritance (futex(2), FUTEX_LOCK_PI and its kin). The word holds the owner's
 * thread id; FUTEX_WAITERS sends its owner here to unlock. A lock is handed to whoever has waited
 * longest: all threads are of one priority, so there is nothing to inherit.
 *
 * Owners are found by id among the threads of this runtime. Waits by chains of locks are not
 * searched for circles, as Linux does: such threads wait until their deadline.
 */
#ifndef BP_LINUX_FUTEX_PI_H
#define BP_LINUX_FUTEX_PI_H

#include "sched/futex.h"

struct bp_task;

/*
 * Waits until the current thread owns the lock; deadline is CLOCK_MONOTONIC ns. Returns 0, -EDEADLK
 * (it owns it already), -ESRCH (the owner is gone), -EFAULT, -ETIMEDOUT, -EINTR.
 */
long bp_futex_lock_pi(const struct bp_futex *lock, u64 deadline);

/* The same without waiting: -EAGAIN. */
long bp_futex_trylock_pi(const struct bp_futex *lock);

/* Hands it to a waiter. Returns 0, -EPERM (the current thread is not the owner), -EFAULT. */
long bp_futex_unlock_pi(const struct bp_futex *lock);

/*
 * FUTEX_WAIT_REQUEUE_PI: waits while *futex->word == expected, until bp_futex_requeue_pi moves the
 * thread to the lock, and then until it owns that. Returns 0, -EINVAL (both are one), -EAGAIN (the
 * word differs, or a signal came while it waited for the lock), -ETIMEDOUT, -EINTR, -EFAULT.
 */
long bp_futex_wait_requeue_pi(const struct bp_futex *futex, u32 expected, u64 deadline,
                              const struct bp_futex *lock);

/*
 * FUTEX_CMP_REQUEUE_PI: gives the lock to one waiter if it is free, and lets at most count others
 * wait for it. Returns how many waiters either happened to, or -EAGAIN (*futex->word differs from
 * expected), -EINVAL (somebody waits there for something else), or an error of bp_futex_lock_pi.
 */
long bp_futex_requeue_pi(const struct bp_futex *futex, const struct bp_futex *lock, u32 count,
                         u32 expected);

/* Hands on what a thread that leaves (task->leaving is set) owns and others wait for, marked with
 * FUTEX_OWNER_DIED. Before bp_robust_exit, which marks the rest. */
void bp_futex_pi_exit(const struct bp_task *task);

#endif
