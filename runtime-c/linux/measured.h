/*
 * How much memory a program has, as /proc/self tells it. Only the host's smaps says what is
 * resident in a slot, and reading it takes time in proportion to all that all programs have
 * touched; programs ask several times a second (Redis: ten). So a measurement is kept. While the
 * whole process has as much memory as at that time, it holds; when that has changed, the difference
 * is added to it until a new measurement is due, such that measuring takes one part in
 * BP_MEASURE_SHARE of the time at most.
 */
#ifndef BP_LINUX_MEASURED_H
#define BP_LINUX_MEASURED_H

#include "base/base.h"

enum {
    BP_MEASURE_SHARE = 100
};

/* In pages. */
struct bp_resident {
    u64 all, mapped; /* mapped: of files and shared memory */
};

struct bp_measured {
    struct bp_resident program, process; /* at the same time */
    u64 text;                            /* KiB of the program's code, resident or not */
    u64 at, took;                        /* CLOCK_MONOTONIC, and ns; 0: not measured yet */
};

/* What the program has when the process has this: the measurement and the change since then, never
 * less than nothing. */
struct bp_resident bp_measured_now(const struct bp_measured *last, struct bp_resident process);

/* Whether to measure again. */
bool bp_measured_due(const struct bp_measured *last, struct bp_resident process, u64 now);

#endif
