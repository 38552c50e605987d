/*
 * Connected byte streams between fused programs: local TCP, AF_UNIX and pipes. Reading and writing, the states that
 * shutdown, close and reset lead to, and the readiness that follows from them.
 */
#ifndef BP_SOCKET_STREAM_H
#define BP_SOCKET_STREAM_H

#include "socket/file.h"
#include "socket/iter.h"

/* A thread parked in a read: private to its process, on its handler stack, found through bp_thread.receive. */
struct bp_receive {
    u8 *buf;
    u32 len;
    u32 done;  /* bytes that a sender copied in; set before the thread is woken */
    u32 state; /* enum bp_receive_state */
};

enum bp_receive_state {
    BP_RECEIVE_WAITING,
    BP_RECEIVE_CLAIMED, /* a sender copies; the receiver must not leave */
    BP_RECEIVE_DONE,
};

/* Joins two fresh halves of a pair. limits: bytes that flow to the first and to the second half before writers wait. */
void bp_stream_join(struct bp_file *first, struct bp_file *second, u32 to_first, u32 to_second);

/*
 * write(2) and send(2) on a stream: flags are MSG_*. Returns bytes taken, -EAGAIN, -EPIPE (after SIGPIPE unless
 * MSG_NOSIGNAL), -ENOTCONN, a pending socket error, -EFAULT, -EINTR, -ENOBUFS.
 */
long bp_stream_write(struct bp_file *file, struct bp_iter *from, u32 flags);
long bp_stream_write_one(struct bp_file *file, u64 buf, u64 len, u32 flags);

/* read(2) and recv(2). Returns bytes, 0 at the end of file, or negative errno as above. */
long bp_stream_read(struct bp_file *file, struct bp_iter *to, u32 flags);
long bp_stream_read_one(struct bp_file *file, u64 buf, u64 len, u32 flags);

u32 bp_stream_poll(struct bp_file *file, u32 interest);
long bp_stream_ioctl(struct bp_file *file, u64 cmd, u64 arg);

/* shutdown(2); how is SHUT_*. Returns 0 or -ENOTCONN. */
long bp_stream_shutdown(struct bp_file *file, u32 how);

/* The last descriptor is closed: end of file for the peer, or a reset when data was left unread or lingering is 0. */
void bp_stream_detach(struct bp_file *file);

/* The connection is broken: the half gets error (positive errno), both directions are dead. */
void bp_stream_reset(struct bp_file *file, int error);

/* Takes the pending SO_ERROR (positive, 0 when none). */
int bp_stream_take_error(struct bp_file *file);

#endif
