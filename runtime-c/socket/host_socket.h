/* Socket calls on host-backed descriptions that may have to wait. */
#ifndef BP_SOCKET_HOST_SOCKET_H
#define BP_SOCKET_HOST_SOCKET_H

#include "socket/file.h"

/* connect(2) of the host; waits for the outcome unless the program's O_NONBLOCK is set. addr:
 * runtime memory. */
long bp_host_connect(struct bp_file *file, const struct sockaddr_storage *addr, u32 length);

/* accept4(2) of the host: a new host-backed description, or NULL and *error. flags: SOCK_*. */
struct bp_file *bp_host_accept(struct bp_file *file, u32 flags, long *error);

#endif
