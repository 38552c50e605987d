/*
 * Packets as the stack sees them: bytes with room in front, and what the hardware said or is to do.
 * A packet belongs to one owner at a time; passing it to a function that says "takes over" ends
 * one's right to it. Buffers come from and go back to the device's pool; the stack knows nothing of
 * mbufs. A packet lives in its mbuf's private area, so that neither floor allocates for the other.
 *
 * A long packet is a chain of pieces: what TSO is to cut (out), what GRO has merged (in).
 */
#ifndef BP_NIC_PACKET_H
#define BP_NIC_PACKET_H

#include "base/base.h"

enum bp_packet_flags {
    /* In: the hardware has checked and found good. Unset: it did not look, and the stack must. */
    BP_PACKET_IP_CHECKED = 1 << 0,
    BP_PACKET_L4_CHECKED = 1 << 1,
    /* In: the hardware has found bad. */
    BP_PACKET_IP_BAD = 1 << 2,
    BP_PACKET_L4_BAD = 1 << 3,
    BP_PACKET_HASHED = 1 << 4, /* hash holds the RSS hash */
    /* Out: the hardware is to fill in; the pseudo-header's sum is in the field already. */
    BP_PACKET_FILL_IP = 1 << 8,
    BP_PACKET_FILL_L4 = 1 << 9,
    BP_PACKET_SEGMENT = 1 << 10, /* cut at mss payload bytes each (TSO) */
};

struct bp_packet {
    struct bp_packet *next; /* the next piece; NULL: the last */
    u8 *data;               /* the first byte that counts, of this piece */
    u8 *buffer;             /* room in front begins here */
    u16 len;                /* bytes at data, of this piece */
    u16 size;               /* bytes at buffer */
    u32 total;              /* bytes of all pieces; in the first one only, as all that follows */
    u32 flags;
    u32 hash;
    u16 l2_len, l3_len, l4_len; /* header lengths; for offloads, and where parsing left them */
    u16 mss;
    u16 queue; /* it came from */
};

/* Room in front of data, and behind its end, of this piece. */
BP_INLINE u32 bp_packet_headroom(const struct bp_packet *packet)
{
    return (u32)(packet->data - packet->buffer);
}

BP_INLINE u32 bp_packet_tailroom(const struct bp_packet *packet)
{
    return packet->size - bp_packet_headroom(packet) - packet->len;
}

/* Makes room for a header in front; the caller has seen to the headroom. */
BP_INLINE void *bp_packet_push(struct bp_packet *packet, u32 bytes)
{
    BP_BUG_ON(bp_packet_headroom(packet) < bytes);
    packet->data -= bytes;
    packet->len = (u16)(packet->len + bytes);
    packet->total += bytes;
    return packet->data;
}

/* Takes a header off; it must be in the first piece whole. */
BP_INLINE void *bp_packet_pull(struct bp_packet *packet, u32 bytes)
{
    void *header = packet->data;

    BP_BUG_ON(packet->len < bytes);
    packet->data += bytes;
    packet->len = (u16)(packet->len - bytes);
    packet->total -= bytes;
    return header;
}

/* True when the first `bytes` bytes lie in the first piece, if need be after moving them there.
 * False: the packet is shorter than that, or its first buffer too full. */
bool bp_packet_gather_pieces(struct bp_packet *packet, u32 bytes);

BP_INLINE bool bp_packet_gather(struct bp_packet *packet, u32 bytes)
{
    return likely(packet->len >= bytes) || bp_packet_gather_pieces(packet, bytes);
}

/* Cuts the end off, so that total bytes are left; pieces of no bytes stay in the chain. */
void bp_packet_trim_pieces(struct bp_packet *packet, u32 total);

BP_INLINE void bp_packet_trim(struct bp_packet *packet, u32 total)
{
    if (unlikely(packet->total != total))
        bp_packet_trim_pieces(packet, total);
}

/* Copies bytes out of whatever pieces they lie in; offset + len must lie within the packet. */
void bp_packet_read(const struct bp_packet *packet, u32 offset, void *to, u32 len);

/* Makes room behind the end, in the first and only piece; the caller has seen to the tailroom. */
BP_INLINE void *bp_packet_append(struct bp_packet *packet, u32 bytes)
{
    void *end = packet->data + packet->len;

    BP_BUG_ON(packet->next || bp_packet_tailroom(packet) < bytes);
    packet->len = (u16)(packet->len + bytes);
    packet->total += bytes;
    return end;
}

#endif
