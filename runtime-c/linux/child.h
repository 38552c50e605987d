/*
 * Children of a program: host processes that it forked. The host keeps them until they are waited
 * for, so that their pids stay theirs; a descriptor for each (pidfd_open(2)) tells of its end.
 */
#ifndef BP_LINUX_CHILD_H
#define BP_LINUX_CHILD_H

#include "linux/task.h"
#include "sched/hostfd.h"

struct bp_child {
    struct bp_list node;  /* in proc->children, or free */
    struct bp_proc *proc; /* NULL: its parent has gone */
    struct bp_hostfd source;
    u32 pid, place;
    int exit_signal;
    int told;   /* si_code of the last stop or continuation that its parent was told of, or 0 */
    bool ended; /* its parent was told, and may wait for it */
    struct bp_thread *vforker; /* the thread that waits for its exec or end */
    bool vfork_ended;          /* it ended before either was told */
};

/* A thread in wait4 or waitid, on its handler stack. */
struct bp_child_waiter {
    struct bp_list node; /* in proc->child_waiters; empty once woken */
    struct bp_thread *thread;
};

/*
 * Enters a child that is about to be forked. exit_signal: what its parent gets at its end, 0 for
 * none. NULL when memory is short. bp_child_born: it lives now; place is its place in the table of
 * processes. bp_child_abandon: it does not.
 */
struct bp_child *bp_child_create(struct bp_proc *proc, int exit_signal);
void bp_child_born(struct bp_child *child, u32 pid, int pidfd, u32 place, bool vforked);
void bp_child_abandon(struct bp_child *child);

/* Once, in the launcher, whose host process is a subreaper (PR_SET_CHILD_SUBREAPER). */
void bp_children_init(void);

/* Gives back what a child held that the host has been asked to forget. Out of all lists. */
void bp_child_free(struct bp_child *child);

/*
 * The host's SIGCHLD came: a child may have been stopped or continued. Worker context, no process
 * locked.
 */
void bp_children_changed(void);

/* SIGCHLD for a child that was stopped or continued, unless SA_NOCLDSTOP. Process not locked. */
void bp_child_signal_stop(struct bp_proc *proc, const siginfo_t *info);

/* Waits until a vforked child lets its parent go on; copies what it wrote near `stack` back. */
void bp_child_wait_vfork(struct bp_child *child, u64 stack);

/* The process ends: its children are nobody's from now on, and are reaped as they end. */
void bp_children_leave(struct bp_proc *proc);

/* In a forked child: it has no children. */
void bp_children_forked(struct bp_proc *proc);

#endif
