/*
 * System calls of the host that may block for long (fsync, flock, a FIFO's open): made by a helper
 * kernel thread while the user thread parks. Helpers are started on demand, up to a limit; beyond
 * it calls queue. Calls that wait for others do not count towards the limit, so that however many
 * there are, calls that end by themselves go on.
 */
#ifndef BP_SCHED_OFFLOAD_H
#define BP_SCHED_OFFLOAD_H

#include "base/base.h"

/* Returns what the system call returned. Not interruptible: the pointers in args must stay valid
 * throughout. */
long bp_offload(long nr, const long args[6]);

/*
 * The same for calls that wait for others (locks, a FIFO's open) and that the host ends with EINTR
 * without having done anything: returns -EINTR when the thread is interrupted first.
 */
long bp_offload_interruptible(long nr, const long args[6]);

/* In a forked child: there are no helpers. */
void bp_offload_forked(void);

/*
 * Helpers of somebody's own, for calls whose SEM_UNDO entries (semop(2)) are theirs alone: the host
 * undoes them when these helpers have ended, or the whole process has.
 */
struct bp_helpers;

/* NULL: no memory. None is started before the first call. */
struct bp_helpers *bp_helpers_create(void);
/* No call is under way, and none follows. */
void bp_helpers_end(struct bp_helpers *helpers);
/* In a forked child, where they are not. */
void bp_helpers_forget(struct bp_helpers *helpers);

/* As bp_offload_interruptible; fails with what kept a helper from being started, too. */
long bp_offload_to(struct bp_helpers *helpers, long nr, const long args[6]);

#endif
