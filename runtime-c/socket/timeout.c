#include "socket/timeout.h"
#include "base/clock.h"
#include "base/uaccess.h"

struct pair {
    s64 seconds, fraction;
};

static long get(u64 *ns, u64 user, u64 per_second)
{
    struct pair time;

    if (bp_copy(&time, (const void *)user, sizeof(time)))
        return -EFAULT;
    if (time.seconds < 0 || (u64)time.fraction >= per_second)
        return -EINVAL;
    if ((u64)time.seconds >= BP_NEVER / 2 / BP_NSEC_PER_SEC)
        *ns = BP_NEVER;
    else
        *ns = (u64)time.seconds * BP_NSEC_PER_SEC +
              (u64)time.fraction * (BP_NSEC_PER_SEC / per_second);
    return 0;
}

static long put(u64 user, u64 ns, u64 per_second)
{
    struct pair time = {(s64)(ns / BP_NSEC_PER_SEC),
                        (s64)(ns % BP_NSEC_PER_SEC / (BP_NSEC_PER_SEC / per_second))};

    return bp_copy((void *)user, &time, sizeof(time));
}

long bp_get_timespec(u64 *ns, u64 user)
{
    return get(ns, user, BP_NSEC_PER_SEC);
}

long bp_get_timeval(u64 *ns, u64 user)
{
    return get(ns, user, 1000000);
}

long bp_put_timespec(u64 user, u64 ns)
{
    return put(user, ns, BP_NSEC_PER_SEC);
}

long bp_put_timeval(u64 user, u64 ns)
{
    return put(user, ns, 1000000);
}
