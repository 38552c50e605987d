/*
 * Descriptions backed by a descriptor of the host: files, directories, terminals, outside pipes,
 * and sockets that lead outside or that local channels do not cover (datagrams, netlink, ...). No
 * call on them blocks the worker: what cannot be had at once is waited for through the worker's
 * host epoll instance, or made by a helper thread.
 *
 * The program's O_NONBLOCK is virtual (file->mode): the host's flag belongs to whoever shares the
 * description with us.
 */
#ifndef BP_SOCKET_HOSTFILE_H
#define BP_SOCKET_HOSTFILE_H

#include "socket/file.h"
#include "socket/fdtable.h"
#include "socket/iter.h"

/* A description for a host descriptor, which it takes over. NULL when the arena is exhausted. */
struct bp_file *bp_hostfile_create(int host_fd);

/*
 * Gives the current program a descriptor for one of the host, which is taken over (closed on
 * failure). flags: O_CLOEXEC. Returns the lowest free descriptor, -EMFILE or -ENFILE.
 */
int bp_fd_install_host(int host_fd, int flags);

/* Turns a fresh local socket into a host-backed one; its host_fd is set. Watches are told to look
 * again. */
void bp_hostfile_become(struct bp_file *file);

long bp_hostfile_read(struct bp_file *file, struct bp_iter *to, u32 flags);
long bp_hostfile_write(struct bp_file *file, struct bp_iter *from, u32 flags);
u32 bp_hostfile_poll(struct bp_file *file, u32 interest);
long bp_hostfile_ioctl(struct bp_file *file, u64 cmd, u64 arg);
void bp_hostfile_release(struct bp_file *file);

/* Drops a reference to one whose host descriptor is another process's, or none: it means something
 * else here. */
void bp_hostfile_forget(struct bp_file *file);

/* At an offset: pread, pwrite, preadv2, pwritev2 (flags: RWF_*). */
long bp_hostfile_pread(struct bp_file *file, struct bp_iter *to, s64 offset, u32 flags);
long bp_hostfile_pwrite(struct bp_file *file, struct bp_iter *from, s64 offset, u32 flags);

/*
 * Makes a host call that answers -EAGAIN instead of blocking, and waits for events in between as
 * long as nonblocking is false. timeout_option: SO_RCVTIMEO or SO_SNDTIMEO of the host's socket
 * limits the wait; 0 = none.
 */
long bp_hostfile_call(struct bp_file *file, u32 events, bool nonblocking, int timeout_option,
                      long nr, const long args[6]);

/* Parks until the host announces events, or until the host's SO_RCVTIMEO or SO_SNDTIMEO is over. */
int bp_hostfile_wait(struct bp_file *file, u32 events, u64 deadline);

/* When a wait on a socket of the host ends, by its SO_RCVTIMEO or SO_SNDTIMEO (option). */
u64 bp_hostfile_deadline(const struct bp_file *file, int option);

/* Asks the host for one announcement of events; they reach the watches of the file. The file's lock
 * is held. */
int bp_hostfile_arm(struct bp_file *file, u32 events);

/* Before a host descriptor is closed or leaves the description. */
void bp_hostfile_disarm(int host_fd);

/* This process does not wait for the host's side of this description any more. */
void bp_hostfile_unwatch(struct bp_file *file);

/*
 * A local socket has a socket of the host beside it, for its address or for connections from
 * outside: its number is the same in all processes that inherited it, and each closes its own, when
 * it has no descriptor of the local socket left. Others may have something else under that number,
 * also when they were given the local socket (SCM_RIGHTS): there it is for local connections only.
 */
void bp_hostfile_set_beside(struct bp_file *file, int host_fd);
bool bp_hostfile_is_beside(const struct bp_file *file);
/* Closes this process's. Nothing when it has none. */
void bp_hostfile_close_beside(struct bp_file *file);

int bp_hostfile_init(void);

/*
 * Another description of what is behind a host-backed one, with a host descriptor of its own, which
 * it takes over (-1: it gets one later). NULL when the arena is exhausted.
 */
struct bp_file *bp_hostfile_twin(const struct bp_file *file, int host_fd);

/*
 * Fork. The child gets a description of its own for each host-backed one: the host shares what is
 * behind them (offset, locks), so two of ours behave as one of Linux's does. bp_hostfile_copy makes
 * it, or takes one more reference to it for a further descriptor; NULL when the arena is exhausted.
 * bp_hostfile_copied ends that, in the parent. In the child: nothing is watched.
 */
struct bp_file *bp_hostfile_copy(struct bp_file *file);
void bp_hostfile_copied(struct bp_file *file);
void bp_hostfiles_forked(void);

#endif
