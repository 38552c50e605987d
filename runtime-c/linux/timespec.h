/* struct timespec of programs, as nanoseconds. */
#ifndef BP_LINUX_TIMESPEC_H
#define BP_LINUX_TIMESPEC_H

#include "base/clock.h"
#include "base/uaccess.h"

#include <errno.h>
#include <time.h>

/* Reads a relative or absolute time. Returns 0, -EFAULT, or -EINVAL when negative or not
 * normalised. */
BP_INLINE long bp_get_timespec(u64 *ns, u64 user)
{
    struct timespec ts;

    if (bp_copy(&ts, (void *)user, sizeof(ts)))
        return -EFAULT;
    if (ts.tv_sec < 0 || (u64)ts.tv_nsec >= BP_NSEC_PER_SEC)
        return -EINVAL;
    *ns = (u64)ts.tv_sec > UINT64_MAX / BP_NSEC_PER_SEC / 2
              ? BP_NEVER / 2
              : (u64)ts.tv_sec * BP_NSEC_PER_SEC + (u64)ts.tv_nsec;
    return 0;
}

BP_INLINE long bp_put_timespec(u64 user, u64 ns)
{
    struct timespec ts = {.tv_sec = (long)(ns / BP_NSEC_PER_SEC),
                          .tv_nsec = (long)(ns % BP_NSEC_PER_SEC)};

    return bp_copy((void *)user, &ts, sizeof(ts));
}

/* now + ns without wrapping; never BP_NEVER itself. */
BP_INLINE u64 bp_deadline(u64 now, u64 ns)
{
    return ns < BP_NEVER / 2 ? now + ns : BP_NEVER - 1;
}

/* When CLOCK_REALTIME, as it goes now, reaches ns. */
BP_INLINE u64 bp_deadline_of_wall_time(u64 ns)
{
    u64 now = bp_now(), wall = bp_now_realtime();

    return ns > wall ? bp_deadline(now, ns - wall) : now;
}

#endif
