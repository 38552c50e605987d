/*
 * Connected byte streams between fused programs: local TCP, AF_UNIX and pipes. Reading and writing,
 * the states that shutdown, close and reset lead to, and the readiness that follows from them.
 */
#ifndef BP_SOCKET_STREAM_H
#define BP_SOCKET_STREAM_H

#include "socket/file.h"
#include "socket/iter.h"
#include "socket/rights.h"
#include "socket/watch.h"

#include <limits.h>

/* A thread parked in a read: private to its process, on its handler stack, found through
 * bp_thread.receive. */
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

/* Reads will find no more than is in the FIFO; writes are over. */
#define BP_STATE_NO_READ (BP_STATE_SHUT_READ | BP_STATE_PEER_SHUT | BP_STATE_RESET)
#define BP_STATE_NO_WRITE (BP_STATE_SHUT_WRITE | BP_STATE_RESET)

/* Joins the fresh halves of a pair. limits: bytes that flow to each half before the other one
 * waits. */
void bp_stream_join(struct bp_file *first, struct bp_file *second, u32 to_first, u32 to_second);

/*
 * write(2) and send(2): flags are MSG_*; rights (or NULL) travel with the first byte and are taken
 * over when any byte was. Returns bytes taken, -EAGAIN, -EPIPE (after SIGPIPE unless MSG_NOSIGNAL),
 * -ENOTCONN, a pending socket error, -EFAULT, -EINTR, -ENOBUFS.
 */
long bp_stream_send(struct bp_file *file, struct bp_iter *from, u32 flags,
                    struct bp_rights **rights);
long bp_stream_write(struct bp_file *file, struct bp_iter *from, u32 flags);
long bp_stream_write_one(struct bp_file *file, u64 buf, u64 len, u32 flags);

/*
 * read(2) and recv(2). Returns bytes, 0 at the end of file, or negative errno as above. rights:
 * where to put descriptors and credentials that came with the bytes; NULL drops them.
 */
long bp_stream_recv(struct bp_file *file, struct bp_iter *to, u32 flags, struct bp_rights **rights);
long bp_stream_read(struct bp_file *file, struct bp_iter *to, u32 flags);
long bp_stream_read_one(struct bp_file *file, u64 buf, u64 len, u32 flags);

u32 bp_stream_poll(struct bp_file *file, u32 interest);
long bp_stream_ioctl(struct bp_file *file, u64 cmd, u64 arg);

/* False when there never was a peer, or TCP has both sent and received an end: the connection is
 * over then. */
BP_INLINE bool bp_stream_is_open(const struct bp_file *file)
{
    u32 both = BP_STATE_SHUT_WRITE | BP_STATE_PEER_SHUT;

    return file->state & BP_STATE_CONNECTED && !(file->state & BP_STATE_RESET) &&
           !(bp_file_is_tcp(file) && (file->state & both) == both);
}

/* shutdown(2) of an open half; how is SHUT_*. */
void bp_stream_shutdown(struct bp_file *file, u32 how);

/*
 * The last descriptor of a half is closed: end of file for the peer, or a reset when data was left
 * unread or abort is set.
 */
void bp_stream_detach(struct bp_file *file, bool abort);

/* Throws away what a half was to read; nobody reads or writes it. */
void bp_stream_empty(struct bp_file *file);

/* Changes the state, with an error (positive errno) or 0, and tells whoever waits. Takes the lock.
 */
void bp_stream_change(struct bp_file *file, u32 set, u32 clear, int error);

/* The connection is broken: the half gets error (positive errno), both directions are dead. */
void bp_stream_reset(struct bp_file *file, int error);

/* The peer of a half sends no more. */
void bp_stream_peer_shut(struct bp_file *file);

/*
 * For the owner of the other half, when that is no program's: puts bytes into a half, as many as
 * its limit allows, and tells its readers. Returns how many.
 */
u32 bp_stream_arrive(struct bp_file *to, const void *data, u32 len);

/* The same for a byte that is urgent; signals: SIGURG is to tell of it, too. False: there is no
 * memory for it. */
bool bp_stream_arrive_urgent(struct bp_file *to, u8 byte, bool signals);

/* The same: the first bytes of what the half was to read have been dealt with; writers are told of
 * room. It holds as many. */
void bp_stream_discard(struct bp_file *file, u32 bytes);

/* Takes the pending SO_ERROR (positive, 0 when none). */
int bp_stream_take_error(struct bp_file *file);

/* Why a read that found nothing does not wait: 0 for end of file, or negative errno. */
long bp_stream_nothing_comes(struct bp_file *file);

/*
 * A write found BP_STATE_SEND unset. Returns negative errno, 0 to try again (a connection was just
 * made), or bytes that TCP takes in vain.
 */
long bp_stream_refuse(struct bp_file *file, struct bp_iter *from, u32 flags);

/* ---- shared by the reading and the writing side ---- */

/* True when a FIFO has enough room to call its writers: the thresholds of Linux for each kind. */
BP_INLINE bool bp_stream_has_room(const struct bp_file *to)
{
    u32 used = bp_fifo_used(&to->fifo);

    switch (to->kind) {
    case BP_FILE_TCP:
        return used <= to->limit - to->limit / 3;
    case BP_FILE_UNIX:
        return used <= to->limit / 4;
    default:
        return used + PIPE_BUF <= to->limit;
    }
}

/* When a blocking call gives up, from SO_RCVTIMEO or SO_SNDTIMEO (ns, 0 = never). */
BP_INLINE u64 bp_stream_deadline(const struct bp_file *file, u64 timeout)
{
    return file->kind == BP_FILE_PIPE || !timeout ? BP_NEVER : bp_now() + timeout;
}

BP_INLINE bool bp_stream_nonblocking(const struct bp_file *file, u32 flags)
{
    return file->mode & BP_MODE_NONBLOCK || flags & MSG_DONTWAIT;
}

#endif
