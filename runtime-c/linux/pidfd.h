/* Descriptors of processes, pidfd_open(2): the host's, since pids are the host's too. */
#ifndef BP_LINUX_PIDFD_H
#define BP_LINUX_PIDFD_H

#include "base/base.h"

/* The pid that a program's descriptor is for; -EBADF when it is for no process, -ESRCH when that
 * was reaped. */
long bp_pid_of_pidfd(int fd);

/* Gives the current program a descriptor for a child, whose host descriptor stays the caller's.
 * Returns it or negative errno. */
long bp_pidfd_install(int host_fd);

#endif
