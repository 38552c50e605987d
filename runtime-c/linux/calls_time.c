/* System calls that wait for time, and the clocks that are per program. */
#include "base/clock.h"
#include "base/host.h"
#include "base/uaccess.h"
#include "linux/calls.h"
#include "linux/signal.h"
#include "linux/task.h"
#include "linux/timespec.h"

#include <errno.h>
#include <sys/syscall.h>
#include <time.h>

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

long bp_sys_clock_nanosleep(u64 clock, u64 flags, u64 req, u64 rem)
{
    u64 ns, now;
    long ret = bp_get_timespec(&ns, req);

    if (ret)
        return ret;
    switch (clock) {
    case CLOCK_MONOTONIC:
    case CLOCK_BOOTTIME: /* the same while the machine does not suspend */
        now = bp_now();
        break;
    case CLOCK_REALTIME:
    case CLOCK_TAI:
        now = bp_now_realtime();
        break;
    case CLOCK_PROCESS_CPUTIME_ID:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_MONOTONIC_COARSE:
        return -EOPNOTSUPP;
    default:
        return -EINVAL;
    }
    if (!(flags & TIMER_ABSTIME))
        return sleep_until(bp_deadline(bp_now(), ns), rem);
    return ns <= now ? 0 : sleep_until(bp_deadline(bp_now(), ns - now), 0);
}
