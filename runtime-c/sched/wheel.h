/* The hierarchical timer wheel behind sched/timer.h. Knows no clock: time is an argument, in
 * nanoseconds. */
#ifndef BP_SCHED_WHEEL_H
#define BP_SCHED_WHEEL_H

#include "base/base.h"
#include "base/list.h"
#include "sched/timer.h"

enum {
    BP_WHEEL_GRAIN_SHIFT = 10, /* a tick is 1024 ns */
    BP_WHEEL_SLOT_BITS = 6,
    BP_WHEEL_SLOTS = 1 << BP_WHEEL_SLOT_BITS,
    BP_WHEEL_LEVELS = 9, /* 2^(10 + 54) ns: every u64 deadline fits */
};

/*
 * A timer lies in the level of the highest bit in which its tick differs from now, in the slot of
 * its own digit there. When now enters a slot of a higher level, its timers move down.
 */
struct bp_wheel {
    u64 now;                      /* ticks */
    u64 pending[BP_WHEEL_LEVELS]; /* bit per non-empty slot */
    struct bp_list slots[BP_WHEEL_LEVELS][BP_WHEEL_SLOTS];
    struct bp_list expired; /* due, and not yet popped */
    u32 count;
};

void bp_wheel_init(struct bp_wheel *wheel, u64 now);
void bp_wheel_add(struct bp_wheel *wheel, struct bp_timer *timer);
void bp_wheel_del(struct bp_wheel *wheel, struct bp_timer *timer);

/* Finds the timers that are due at now; bp_wheel_pop then takes them out one by one, NULL when
 * there is none left. */
void bp_wheel_advance(struct bp_wheel *wheel, u64 now);
struct bp_timer *bp_wheel_pop(struct bp_wheel *wheel);

/* A time before which nothing is due, exact for the near future; BP_NEVER when the wheel is empty.
 */
u64 bp_wheel_next(const struct bp_wheel *wheel);

BP_INLINE bool bp_wheel_pending(const struct bp_wheel *wheel)
{
    return wheel->count != 0;
}

#endif
