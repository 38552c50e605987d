/*
 * Spin lock for short critical sections that touch no program memory and never park.
 *
 * With one worker in one process nothing can run between two instructions of the runtime (the tick
 * only redirects code outside it), so locking costs a predicted branch then: bp_lock_shared says
 * whether anybody else exists. It changes only while a single worker runs and holds no lock
 * (start-up, fork).
 */
#ifndef BP_BASE_LOCK_H
#define BP_BASE_LOCK_H

#include "base/base.h"
#include "base/fault.h"
#include "base/undo.h"
#include "bp_config.h"

struct bp_lock {
    u32 owner; /* 0 = free, otherwise the bp_lock_self of the holder's process */
};

/* This process's name as a holder, never 0 (sched/process.c). */
extern u32 bp_lock_self;

/*
 * Whether the process of that name is gone, and what it was changing has been put back
 * (base/undo.h), so that a lock it held may be taken from it. Set when there may be several
 * processes.
 */
extern bool (*bp_lock_owner_is_dead)(u32 owner);

/* True when more than one worker or process may touch the arena. */
extern bool bp_lock_shared;

BP_COLD void bp_lock_slow(struct bp_lock *lock);

BP_INLINE void bp_lock(struct bp_lock *lock)
{
    u32 expected = 0;

    if (!BP_MAY_SHARE || likely(!bp_lock_shared))
        return;
    BP_FAULT_POINT();
    if (unlikely(!__atomic_compare_exchange_n(&lock->owner, &expected, bp_lock_self, false,
                                              __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)))
        bp_lock_slow(lock);
}

/* After a bp_trylock that failed: until it may be taken, be it from the dead. What it belongs to
 * may meanwhile be something else of the same pool. Nothing is changed, and no lock held. */
BP_INLINE void bp_lock_await(struct bp_lock *lock)
{
    bp_lock(lock);
    __atomic_store_n(&lock->owner, 0, __ATOMIC_RELEASE);
}

/* Takes the lock unless somebody holds it; returns true when it is taken. */
BP_INLINE bool bp_trylock(struct bp_lock *lock)
{
    u32 expected = 0;

    if (!BP_MAY_SHARE || likely(!bp_lock_shared))
        return true;
    return __atomic_compare_exchange_n(&lock->owner, &expected, bp_lock_self, false,
                                       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Gives the lock up in the middle of a change that goes on: for what is no part of it. */
BP_INLINE void bp_unlock_aside(struct bp_lock *lock)
{
    if (!BP_MAY_SHARE || likely(!bp_lock_shared))
        return;
    __atomic_store_n(&lock->owner, 0, __ATOMIC_RELEASE);
}

/* What was changed under the lock, or under others that are still held, is whole. */
BP_INLINE void bp_unlock(struct bp_lock *lock)
{
    if (!BP_MAY_SHARE || likely(!bp_lock_shared))
        return;
    BP_FAULT_POINT();
    bp_undo_forget();
    BP_FAULT_POINT();
    __atomic_store_n(&lock->owner, 0, __ATOMIC_RELEASE);
}

#endif
