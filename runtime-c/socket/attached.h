/*
 * A connection between a program and a process outside, as the program sees it: a TCP socket of
 * this machine. Its bytes are in rings that both sides map (attached_layout.h); a read copies out
 * of one straight into the program's buffer, a write straight into the other. State and errors are
 * those of other streams (enum of file.h, stream.h).
 */
#ifndef BP_SOCKET_ATTACHED_H
#define BP_SOCKET_ATTACHED_H

#include "socket/attachment.h"
#include "socket/iter.h"

#include <errno.h>

/* As bp_stream_recv and bp_stream_send, but never with descriptors. */
long bp_attached_read(struct bp_file *file, struct bp_iter *to, u32 flags);
long bp_attached_write(struct bp_file *file, struct bp_iter *from, u32 flags);

u32 bp_attached_poll(struct bp_file *file, u32 interest);
long bp_attached_ioctl(struct bp_file *file, u64 cmd, u64 arg);
void bp_attached_release(struct bp_file *file);

/* shutdown(2) of an open connection; how is SHUT_*. */
void bp_attached_shutdown(struct bp_file *file, u32 how);

/* Bytes in the ring to the runtime, at most the ring's size; more were claimed: -EPROTO. */
BP_INLINE long bp_attached_used(const struct bp_attached *slot)
{
    u32 used = bp_load_acquire(&slot->shared->client.tail) - READ_ONCE(slot->head);

    return used <= BP_ATTACHED_RING ? (long)used : -EPROTO;
}

/* Room in the ring to the client, as above. */
BP_INLINE long bp_attached_room(const struct bp_attached *slot)
{
    u32 used = READ_ONCE(slot->tail) - bp_load_acquire(&slot->shared->client.head);

    return used <= BP_ATTACHED_RING ? (long)(BP_ATTACHED_RING - used) : -EPROTO;
}

/* Writers are called when a third is free, as with other TCP connections. */
BP_INLINE bool bp_attached_has_room(const struct bp_attached *slot)
{
    long room = bp_attached_room(slot);

    return room < 0 || room >= BP_ATTACHED_RING / 3;
}

#endif
