/*
 * One-shot timers of a worker: a hierarchical wheel with a grain of 1.024 us; arming, cancelling
 * and finding the next expiry are O(1). A timer never fires early. All functions are called on the
 * worker that owns the wheel, except bp_timer_cancel, which takes the owner's lock.
 */
#ifndef BP_SCHED_TIMER_H
#define BP_SCHED_TIMER_H

#include "base/base.h"
#include "base/list.h"

struct bp_wheel;

struct bp_timer {
    struct bp_list node;    /* empty list when not armed */
    u64 deadline;           /* CLOCK_MONOTONIC ns */
    struct bp_wheel *wheel; /* where it is armed */
    void (*fire)(struct bp_timer *timer);
};

void bp_timer_init(struct bp_timer *timer, void (*fire)(struct bp_timer *timer));

/* Arms on the current worker (or moves, when armed already). fire runs in the worker's context and
 * must not park. */
void bp_timer_arm(struct bp_timer *timer, u64 deadline);

/* Returns true when it was armed: then fire has not run and will not. Any worker. */
bool bp_timer_cancel(struct bp_timer *timer);

BP_INLINE bool bp_timer_armed(const struct bp_timer *timer)
{
    return timer->wheel != NULL;
}

#endif
