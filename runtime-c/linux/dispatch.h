/* From numbers to handlers: the arrays that the entry code calls through (bp_thread.calls). */
#ifndef BP_LINUX_DISPATCH_H
#define BP_LINUX_DISPATCH_H

#include "linux/systable.h"

/* A handler, whatever its own argument list: all arguments are words. */
typedef long (*bp_handler)(u64, u64, u64, u64, u64, u64);

/* The handlers of a program's calls: BP_CALLS + 1 entries. */
void *const *bp_calls_of(bool traced);
/* Of a thread whose calls seccomp(2) looks at first. */
void *const *bp_calls_filtered(void);

#endif
