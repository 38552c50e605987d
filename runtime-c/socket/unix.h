/*
 * Stream sockets of AF_UNIX. The host binds and listens too: it decides about names, makes the
 * socket's file, and hands us clients from outside. A fused listener is found by the file's device
 * and inode, or by its abstract name.
 */
#ifndef BP_SOCKET_UNIX_H
#define BP_SOCKET_UNIX_H

#include "socket/file.h"

#include <sys/un.h>

/* As in inet.h. */
long bp_unix_bind(struct bp_file *file, const struct sockaddr_storage *addr, u32 length);
long bp_unix_listen(struct bp_file *file, u32 backlog);
long bp_unix_connect(struct bp_file *file, const struct sockaddr_storage *addr, u32 length);
long bp_unix_name(struct bp_file *file, bool peer, struct sockaddr_storage *to);
long bp_unix_need_host(struct bp_file *file);
void bp_unix_unlisten(struct bp_file *file);
void bp_unix_release(struct bp_file *file);

/* The host's connect or bind for a path that is relative to the program's working directory. */
long bp_unix_host_connect(int host_fd, const struct sockaddr_storage *addr, u32 length);
long bp_unix_host_bind(int host_fd, const struct sockaddr_storage *addr, u32 length);

/*
 * The address that the host is to be told for a program's address of a message. Returns 1 when *to
 * and *length hold it, 0 when the program's own will do, or -EFAULT, -ENAMETOOLONG.
 */
long bp_unix_host_address(struct sockaddr_un *to, u64 user, u32 *length);

int bp_unix_init(void);

#endif
