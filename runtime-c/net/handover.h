/*
 * Packets from one worker to another: a bounded ring for each pair and direction. The giver and the
 * taker are one thread each, so nothing locks; who finds it full keeps the packet.
 */
#ifndef BP_NET_HANDOVER_H
#define BP_NET_HANDOVER_H

#include "net/ip.h"

enum {
    BP_HANDOVER_SLOTS = 256, /* a power of two; gen/hardware/packet-memory.ts counts them */
};

enum bp_handover_kind {
    BP_HANDOVER_FRAME,  /* from its Ethernet header on, of a NIC */
    BP_HANDOVER_PACKET, /* from its transport header on, with info */
};

struct bp_handover_item {
    struct bp_packet *packet;
    u8 kind; /* enum bp_handover_kind */
    u8 nic;
    struct bp_ip_info info; /* interface is the giver's */
};

struct bp_handover {
    u32 tail BP_ALIGNED(BP_CACHE_LINE); /* items given, ever */
    u32 head BP_ALIGNED(BP_CACHE_LINE); /* items taken, ever */
    struct bp_handover_item items[BP_HANDOVER_SLOTS] BP_ALIGNED(BP_CACHE_LINE);
};

/* The giver: the next free item, or NULL when the ring is full; it is given by bp_handover_give. */
BP_INLINE struct bp_handover_item *bp_handover_next(struct bp_handover *ring)
{
    if (ring->tail - bp_load_acquire(&ring->head) == BP_HANDOVER_SLOTS)
        return NULL;
    return &ring->items[ring->tail % BP_HANDOVER_SLOTS];
}

BP_INLINE void bp_handover_give(struct bp_handover *ring)
{
    bp_store_release(&ring->tail, ring->tail + 1);
}

/* The taker: how many there are, the first one, and the end of it. */
BP_INLINE u32 bp_handover_count(const struct bp_handover *ring)
{
    return bp_load_acquire(&ring->tail) - ring->head;
}

BP_INLINE struct bp_handover_item *bp_handover_first(struct bp_handover *ring)
{
    return &ring->items[ring->head % BP_HANDOVER_SLOTS];
}

BP_INLINE void bp_handover_done(struct bp_handover *ring)
{
    bp_store_release(&ring->head, ring->head + 1);
}

#endif
