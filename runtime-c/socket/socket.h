/* The socket floor for those above it: start, and the border between descriptors of programs and of the host. */
#ifndef BP_SOCKET_SOCKET_H
#define BP_SOCKET_SOCKET_H

#include "base/base.h"
#include "socket/fdtable.h"
#include "socket/upcalls.h"

#include <sys/stat.h>

/* Before any program starts; the arena exists. Ends the process with a message when memory is denied. */
void bp_socket_init(const struct bp_socket_upcalls *upcalls);

/*
 * The host's descriptor behind one of the current program: -EBADF when it is not open, -EINVAL when it is a channel of the
 * runtime and the host knows nothing of it. Valid as long as the program keeps it open.
 */
int bp_host_fd(int fd);

/*
 * Gives the current program a descriptor for one of the host, which is taken over (closed on failure). flags: O_CLOEXEC.
 * Returns the lowest free descriptor, -EMFILE or -ENFILE.
 */
int bp_fd_install_host(int host_fd, int flags);

/* The same at exactly fd in a table that no program uses yet (stdin, stdout, stderr at start). */
int bp_fdtable_install_host(struct bp_fdtable *table, int fd, int host_fd);

/*
 * fstat(2) of a channel: what Linux says of sockets, pipes and anonymous files. Returns 0, -EBADF, or -EINVAL when the
 * descriptor is the host's.
 */
long bp_fd_stat(int fd, struct stat *st);

#endif
