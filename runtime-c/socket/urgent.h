/*
 * Urgent data of streams (MSG_OOB; tcp(7), unix(7)): one byte at a time is urgent, the last
 * that was sent so. It lies in a chunk of its own at its place among the others, the mark. Reads
 * end before the mark, and the next one passes it: the byte is left out of the stream unless
 * SO_OOBINLINE. MSG_OOB reads it once until then (sock.urgent).
 */
#ifndef BP_SOCKET_URGENT_H
#define BP_SOCKET_URGENT_H

#include "socket/file.h"
#include "socket/iter.h"
#include "socket/sockopt.h"

BP_INLINE bool bp_urgent_inline(const struct bp_file *file)
{
    return bp_sock_bool(file, BP_SOCK_OOBINLINE);
}

/* Appends the next byte of an iterator as urgent. With the half's write turn; readers are told by
 * the caller. Returns 1, -ENOBUFS or -EFAULT. */
long bp_urgent_push(struct bp_file *to, struct bp_iter *from);

/* recv(2) with MSG_OOB: 1, or 0 when there is no room for the byte; -EINVAL when there is none, or
 * SO_OOBINLINE; -ENOTCONN, -EFAULT. */
long bp_urgent_recv(struct bp_file *file, struct bp_iter *to, u32 flags);

/* The first chunk was a mark and is gone. The half is locked. */
void bp_urgent_passed(struct bp_file *file);

/* Position in the stream behind the newest mark; there is one. The half is locked. */
u32 bp_urgent_end(const struct bp_file *file);

/* Bytes before the mark, or all. Takes the lock. */
u32 bp_urgent_ahead(struct bp_file *file);

/* SIOCATMARK. Takes the lock. */
bool bp_urgent_at_mark(struct bp_file *file);

/* True when what is first in the FIFO is a mark that a read leaves out. Any thread: what is in the
 * arena stays mapped, and whoever is told wrongly looks again. */
BP_INLINE bool bp_urgent_is_left_out(const struct bp_file *file)
{
    const struct bp_chunk *first = READ_ONCE(file->fifo.first);

    return first && READ_ONCE(first->urgent) && !bp_urgent_inline(file);
}

#endif
