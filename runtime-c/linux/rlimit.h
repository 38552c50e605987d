/*
 * Resource limits of a program (getrlimit(2)). The host's limits hold for the whole process; a
 * program begins with a copy of them.
 *
 * Enforced for the program alone: AS and DATA (memory/account.h), NOFILE (socket/fdtable.h),
 * SIGPENDING (linux/sigqueue.h), CPU (linux/sigtimer.h). STACK and CORE are for what it starts, RSS
 * and LOCKS have no effect in Linux either. The others are enforced by the host for a whole
 * process: a forked program, alone in one, changes its own; among others that is EPERM.
 */
#ifndef BP_LINUX_RLIMIT_H
#define BP_LINUX_RLIMIT_H

#include "linux/task.h"

/* The limits that a program begins with. memory_limit is that of the config in bytes, 0 for none:
 * its RLIMIT_DATA, which it cannot raise. Before proc has a slot or descriptors. */
void bp_rlimits_init(struct bp_proc *proc, u64 memory_limit);

/* Makes the slot and the descriptors of proc obey its limits: after it got new ones. Either may be
 * NULL. */
void bp_rlimits_apply(struct bp_proc *proc);

/* In a forked child: its limit of processor time begins anew. */
void bp_rlimits_forked(void);

/* Bytes of the main stack of what the program starts as: its RLIMIT_STACK, within reason. */
u64 bp_rlimit_stack(const struct bp_proc *proc);

#endif
