/*
 * Record locks of fcntl(2): F_SETLK, F_SETLKW, F_GETLK. Linux keeps them per process and inode, and
 * all programs here are one process of the host, for whom they would never conflict. So every
 * program has a private description of each file that it locks, and its locks are open file
 * description locks of the host on that: these conflict with those of its neighbours and of
 * processes outside. They end when the program closes any of its descriptors of the file.
 *
 * Locks are not inherited: a child process of the host closes the private descriptions
 * (bp_reclock_forget).
 */
#ifndef BP_SOCKET_RECLOCK_H
#define BP_SOCKET_RECLOCK_H

#include "socket/fdtable.h"

/*
 * The call for the current program on a regular file of the host. Waits in the runtime for a
 * neighbour's lock and in a helper thread for an outsider's. Errors as fcntl(2): -EAGAIN, -EBADF,
 * -EDEADLK (among neighbours), -EFAULT, -EINTR, -EINVAL, -ENOLCK (too many files), -EOVERFLOW.
 */
long bp_reclock(struct bp_file *file, u32 cmd, u64 user_flock);

/* A descriptor of file leaves a table that has record locks. */
void bp_reclock_closed(struct bp_fdtable *table, const struct bp_file *file);

/* The program ends: whatever is left. */
void bp_reclock_end(struct bp_fdtable *table);

/* In a child process of the host: the parent's descriptions are not its own. */
void bp_reclock_forget(void);

#endif
