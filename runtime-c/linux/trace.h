/* `--trace`: system calls printed as strace does. */
#ifndef BP_LINUX_TRACE_H
#define BP_LINUX_TRACE_H

#include "base/base.h"

/* Before and after a call of the current thread. */
void bp_trace_enter(u64 nr, const u64 *args);
void bp_trace_exit(u64 nr, const u64 *args, long ret);

#endif
