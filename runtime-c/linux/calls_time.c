/* System calls that wait for time, and the clocks that are per program. */
#include "base/clock.h"
#include "base/host.h"
#include "base/uaccess.h"
#include "linux/calls.h"
#include "linux/signal.h"
#include "linux/task.h"
#include "linux/timespec.h"
#include "linux/usage.h"
#include "sched/worker.h"

#include <errno.h>
#include <sys/syscall.h>
#include <time.h>

/* Not more often than this is a clock of processor time looked at. */
#define CLOCK_LOOK_NS (100 * BP_NSEC_PER_USEC)

/* Sleeps until a deadline; with rem, an interrupted relative sleep reports what was left. */
static long sleep_until(u64 deadline, u64 rem)
{
    long ret;

    bp_park_begin();
    while ((ret = bp_park(deadline)) == 0 || (ret == -EINTR && bp_signal_goes_on()))
        bp_park_begin();
    if (ret == -ETIMEDOUT)
        return 0;
    if (rem) {
        u64 now = bp_now();
        long err = bp_put_timespec(rem, deadline > now ? deadline - now : 0);

        if (err)
            return err;
    }
    return ret;
}

long bp_sys_nanosleep(u64 req, u64 rem)
{
    u64 ns;
    long ret = bp_get_timespec(&ns, req);

    return ret ? ret : sleep_until(bp_deadline(bp_now(), ns), rem);
}

/*
 * Until a clock of processor time shows `until`: it goes on at most as fast as all workers
 * together, so that is the least to wait before the next look.
 */
static long sleep_on_cpu_clock(int clock, u64 until, u64 rem)
{
    for (;;) {
        u32 tid;
        struct bp_proc *proc = bp_cpu_clock(clock, &tid);
        u64 shown, least;
        long ret;

        if (!proc || (tid && tid == bp_current_task()->tid))
            return -EINVAL; /* none such, or one that stands still in the sleep */
        shown = tid ? bp_tid_cpu_time(proc, tid) : bp_proc_cpu_time(proc);
        if (shown >= until)
            return 0;
        least = BP_MAX((until - shown) / bp_nr_workers, CLOCK_LOOK_NS);
        ret = sleep_until(bp_deadline(bp_now(), least), 0);
        if (ret)
            return rem && bp_put_timespec(rem, until - shown) ? -EFAULT : ret;
    }
}

static long cpu_clock_nanosleep(int clock, bool absolute, u64 ns, u64 rem)
{
    u32 tid;
    struct bp_proc *proc = bp_cpu_clock(clock, &tid);
    u64 shown;

    if (!proc)
        return -EINVAL;
    shown = tid ? bp_tid_cpu_time(proc, tid) : bp_proc_cpu_time(proc);
    return absolute ? sleep_on_cpu_clock(clock, ns, 0)
                    : sleep_on_cpu_clock(clock, bp_deadline(shown, ns), rem);
}

/* How each clock sleeps. */
enum clock_kind {
    NO_CLOCK,
    NO_SLEEP,
    MONOTONIC, /* that of CLOCK_BOOTTIME is the same while the machine does not suspend */
    WALL_TIME,
    CPU_TIME,
};

static const u8 clock_kinds[] = {
    [CLOCK_REALTIME] = WALL_TIME,          [CLOCK_MONOTONIC] = MONOTONIC,
    [CLOCK_PROCESS_CPUTIME_ID] = CPU_TIME, [CLOCK_THREAD_CPUTIME_ID] = NO_SLEEP,
    [CLOCK_MONOTONIC_RAW] = NO_SLEEP,      [CLOCK_REALTIME_COARSE] = NO_SLEEP,
    [CLOCK_MONOTONIC_COARSE] = NO_SLEEP,   [CLOCK_BOOTTIME] = MONOTONIC,
    [CLOCK_REALTIME_ALARM] = NO_CLOCK, /* wakes a suspended machine: as without a clock chip */
    [CLOCK_BOOTTIME_ALARM] = NO_CLOCK,     [CLOCK_TAI] = WALL_TIME,
};

/* Negative numbers are processor time of a process or thread (clock_getcpuclockid(3)). */
static enum clock_kind kind_of(int clock)
{
    if (clock < 0)
        return CPU_TIME;
    return (u32)clock < ARRAY_SIZE(clock_kinds) ? clock_kinds[clock] : NO_CLOCK;
}

long bp_sys_clock_nanosleep(u64 clock, u64 flags, u64 req, u64 rem)
{
    enum clock_kind kind = kind_of((int)clock);
    bool absolute = flags & TIMER_ABSTIME;
    u64 ns, now;
    long ret;

    if (kind == NO_CLOCK || kind == NO_SLEEP)
        return kind == NO_CLOCK ? -EINVAL : -EOPNOTSUPP;
    ret = bp_get_timespec(&ns, req);
    if (ret)
        return ret;
    if (kind == CPU_TIME)
        return cpu_clock_nanosleep((int)clock, absolute, ns, rem);
    if (!absolute)
        return sleep_until(bp_deadline(bp_now(), ns), rem);
    now = kind == MONOTONIC ? bp_now() : bp_now_realtime();
    return ns <= now ? 0 : sleep_until(bp_deadline(bp_now(), ns - now), 0);
}
