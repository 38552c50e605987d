/*
 * Children of a program: host processes that it forked. The host keeps them until they are waited
 * for, so that their pids stay theirs; a descriptor for each (pidfd_open(2)) tells of its end.
 */
#ifndef BP_LINUX_CHILD_H
#define BP_LINUX_CHILD_H

#include "linux/task.h"

struct bp_child;

/*
 * Enters a child that is about to be forked. exit_signal: what its parent gets at its end, 0 for
 * none. NULL when memory is short. bp_child_born: it lives now; place is its place in the table of
 * processes. bp_child_abandon: it does not.
 */
struct bp_child *bp_child_create(struct bp_proc *proc, int exit_signal);
void bp_child_born(struct bp_child *child, u32 pid, int pidfd, u32 place);
void bp_child_abandon(struct bp_child *child);

/* Waits until a vforked child lets its parent go on; copies what it wrote near `stack` back. */
void bp_child_wait_vfork(struct bp_child *child, u64 stack);

/* The process ends: its children are nobody's from now on, and are reaped as they end. */
void bp_children_leave(struct bp_proc *proc);

/* In a forked child: it has no children. */
void bp_children_forked(struct bp_proc *proc);

#endif
