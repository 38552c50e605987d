/*
 * fork(2) of a program: a fork of the host process, in which the child's host process holds this
 * program alone. Its memory is copied on write, its neighbours' is not inherited, and its
 * descriptors name the same descriptions in the arena, so that what parent and child open
 * afterwards and what they share keep the fast path.
 */
#ifndef BP_LINUX_FORK_H
#define BP_LINUX_FORK_H

#include "linux/task.h"

struct bp_fork_request {
    u64 flags; /* clone(2); the low byte is the signal of the child's end */
    u64 stack; /* top of the child's stack; 0: as the parent's */
    u64 parent_tid, child_tid, tls, pidfd;
};

/* On a program's thread, from its call. Returns the child's pid, 0 in the child, or negative errno.
 */
long bp_proc_fork(const struct bp_fork_request *request);

#endif
