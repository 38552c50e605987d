/* Time. All times are CLOCK_MONOTONIC nanoseconds as u64; BP_NEVER is later than every deadline. */
#ifndef BP_BASE_CLOCK_H
#define BP_BASE_CLOCK_H

#include "base/base.h"

#define BP_NEVER UINT64_MAX
#define BP_NSEC_PER_SEC 1000000000ULL
#define BP_NSEC_PER_MSEC 1000000ULL
#define BP_NSEC_PER_USEC 1000ULL

/*
 * Finds the host's vDSO (address from AT_SYSINFO_EHDR, 0 when the host has none: system calls
 * then). Called once at start before any other function here.
 */
void bp_clock_init(u64 vdso_base);

/* CLOCK_MONOTONIC and CLOCK_REALTIME, some 20 ns each. */
u64 bp_now(void);
u64 bp_now_realtime(void);

/* Nanoseconds that a difference of time-stamp counters stands for. The first use measures the rate.
 */
u64 bp_tsc_to_ns(u64 ticks);

/* Time-stamp counter: for statistics and spinning only, never for deadlines. */
BP_INLINE u64 bp_tsc(void)
{
    u32 lo, hi;

    __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
    return (u64)hi << 32 | lo;
}

#endif
