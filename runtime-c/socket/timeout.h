/* Timeouts that programs give as structures: struct timespec and struct timeval. */
#ifndef BP_SOCKET_TIMEOUT_H
#define BP_SOCKET_TIMEOUT_H

#include "base/base.h"

/* Reads a timespec or timeval as ns (BP_NEVER when larger than can be). Returns 0, -EINVAL (not
 * normal), -EFAULT. */
long bp_get_timespec(u64 *ns, u64 user);
long bp_get_timeval(u64 *ns, u64 user);

long bp_put_timespec(u64 user, u64 ns);
long bp_put_timeval(u64 user, u64 ns);

#endif
