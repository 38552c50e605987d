/*
 * Packets as the stack sees them: bytes with room in front, and what the hardware said or is to do.
 * A packet belongs to one owner at a time; passing it to a function that says "takes over" ends
 * one's right to it. Buffers come from and go back to the device's pool.
 *
 * A long packet is a chain of pieces: what TSO is to cut (out), what GRO has merged (in).
 *
 * The layout is that of DPDK's mbuf (nic/dpdk.h holds the two against each other), so that what a
 * driver gives is a packet and nothing is translated: what forwarding costs beyond the driver is
 * counting. The stack knows nothing else of mbufs, and never touches what is the driver's; what is
 * the stack's own lies behind the mbuf, in its private area.
 */
#ifndef BP_NIC_PACKET_H
#define BP_NIC_PACKET_H

#include "base/base.h"

/* DPDK's, as all devices have them. */
enum bp_packet_flags {
    /* In: the hardware has checked and found good, or the sender has left the sum to hardware and
     * the data are good: then both are set. Neither: it did not look, and the stack must. */
    BP_PACKET_IP_CHECKED = 1 << 7,
    BP_PACKET_L4_CHECKED = 1 << 8,
    /* In: the hardware has found bad, when alone. */
    BP_PACKET_IP_BAD = 1 << 4,
    BP_PACKET_L4_BAD = 1 << 3,
    /* Out: the hardware is to fill in; the pseudo-header's sum is in the field already. */
    BP_PACKET_FILL_IP = 1ULL << 54,
    BP_PACKET_FILL_L4 = 1ULL << 52,
    BP_PACKET_SEGMENT = 1ULL << 50, /* cut at mss payload bytes each (TSO) */
    /* The driver's: how the buffer belongs to the packet. */
    BP_PACKET_DRIVER = 3ULL << 61,
};

/* may_alias: the same bytes are an mbuf in nic/. */
struct __attribute__((may_alias)) bp_packet {
    u8 *buffer; /* room in front begins here */
    u64 driver_iova;
    u16 offset; /* of the first byte that counts, in the buffer */
    u16 driver_refcnt, driver_segs, driver_port;
    u64 flags; /* enum bp_packet_flags */
    u32 driver_type;
    u32 total;          /* bytes of all pieces; in the first one only */
    u16 len;            /* bytes that count, of this piece */
    u16 driver_meta[6]; /* VLAN, hash */
    u16 size;           /* bytes of the buffer */
    void *driver_pool;
    struct bp_packet *next; /* the next piece; NULL: the last */
    u64 driver_rest[7];
    /* In the first piece only: header lengths; for offloads, and where parsing left them. Undefined
     * in what a device gives. */
    u16 l2_len, l3_len, l4_len;
    u16 mss;
};

/* The first byte that counts, of this piece. */
BP_INLINE u8 *bp_packet_data(const struct bp_packet *packet)
{
    return packet->buffer + packet->offset;
}

BP_INLINE void bp_packet_set_flags(struct bp_packet *packet, u64 flags)
{
    packet->flags = (packet->flags & BP_PACKET_DRIVER) | (flags & ~BP_PACKET_DRIVER);
}

/* The hardware's word on the IP header, and on what is behind it. */
BP_INLINE bool bp_packet_ip_is_bad(const struct bp_packet *packet)
{
    return (packet->flags & (BP_PACKET_IP_CHECKED | BP_PACKET_IP_BAD)) == BP_PACKET_IP_BAD;
}

BP_INLINE bool bp_packet_l4_is_bad(const struct bp_packet *packet)
{
    return (packet->flags & (BP_PACKET_L4_CHECKED | BP_PACKET_L4_BAD)) == BP_PACKET_L4_BAD;
}

/* Room in front of the bytes, and behind its end, of this piece. */
BP_INLINE u32 bp_packet_headroom(const struct bp_packet *packet)
{
    return packet->offset;
}

BP_INLINE u32 bp_packet_tailroom(const struct bp_packet *packet)
{
    return packet->size - bp_packet_headroom(packet) - packet->len;
}

/* Makes room for a header in front; the caller has seen to the headroom. */
BP_INLINE void *bp_packet_push(struct bp_packet *packet, u32 bytes)
{
    BP_BUG_ON(bp_packet_headroom(packet) < bytes);
    packet->offset = (u16)(packet->offset - bytes);
    packet->len = (u16)(packet->len + bytes);
    packet->total += bytes;
    return bp_packet_data(packet);
}

/* Takes a header off; it must be in the first piece whole. */
BP_INLINE void *bp_packet_pull(struct bp_packet *packet, u32 bytes)
{
    void *header = bp_packet_data(packet);

    BP_BUG_ON(packet->len < bytes);
    packet->offset = (u16)(packet->offset + bytes);
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
    void *end = bp_packet_data(packet) + packet->len;

    BP_BUG_ON(packet->next || bp_packet_tailroom(packet) < bytes);
    packet->len = (u16)(packet->len + bytes);
    packet->total += bytes;
    return end;
}

#endif
