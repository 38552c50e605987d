/*
 * Forking the host process under the user threads: the other workers stand still meanwhile, so that
 * the child finds every private structure whole.
 */
#ifndef BP_SCHED_FORK_H
#define BP_SCHED_FORK_H

#include "sched/process.h"

/*
 * On a user thread: one fork at a time, and no other worker runs until bp_fork_end. What is private
 * to the process stays as it is meanwhile. Returns 0, or negative errno when no descriptors can be
 * had; then it has not begun.
 */
int bp_fork_begin(void);
void bp_fork_end(void);

/*
 * fork(2) of the host process, in between. place was reserved for the child. Returns twice: the
 * child's pid (and a descriptor for it, see pidfd_open(2)) or negative errno in the parent, 0 in
 * the child. There only the calling thread exists; it goes on with its registers, FS base and
 * handler stack, and may use the arena, but must not park or wait before bp_fork_child.
 */
long bp_fork_clone(u32 place, int *pidfd);

/*
 * In the child, once the floors above have let go of what was not theirs (timers above all, and
 * host descriptors): the scheduler starts anew with the calling thread alone. Returns 0 or negative
 * errno.
 */
int bp_fork_child(void);

#endif
