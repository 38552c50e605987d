/* Signals of the host that the runtime catches only so that they have no other effect. */
#ifndef BP_BASE_HOST_CATCH_H
#define BP_BASE_HOST_CATCH_H

#include "base/base.h"

/*
 * Installs a handler that does nothing. flags: SA_RESTART, or 0 so that the signal ends a blocking
 * host call with -EINTR. Returns 0 or negative errno.
 */
long bp_host_catch(int signal, u64 flags);

/* Whether the signal has no handler and is not ignored. */
bool bp_host_is_default(int signal);

#endif
