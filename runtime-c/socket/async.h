/*
 * Signal-driven I/O: O_ASYNC, FIOASYNC, F_SETOWN and F_SETSIG of fcntl(2) on descriptions of our
 * own. The owner is kept in a watch of the description; pids are the host's, so the host carries
 * the signal to whichever process that is.
 */
#ifndef BP_SOCKET_ASYNC_H
#define BP_SOCKET_ASYNC_H

#include "socket/watch.h"

/* SIGURG for the owner, whether O_ASYNC is on or not (tcp(7)). The file is locked. */
void bp_async_urgent(struct bp_file *file);

/* O_ASYNC on or off. Returns 0 or -ENOMEM. */
long bp_async_set(struct bp_file *file, bool on);
bool bp_async_is_on(struct bp_file *file);

/* F_SETOWN, F_GETOWN, F_SETSIG, F_GETSIG; -EINVAL for others. */
long bp_async_fcntl(struct bp_file *file, u32 cmd, u64 arg);

/* Something happened: signals the owner. The file's lock is held. */
void bp_async_tell(const struct bp_watch *watch);

#endif
