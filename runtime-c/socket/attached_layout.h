/*
 * The memory that the runtime shares with one process outside (an attachment: a Node program), and
 * nothing else of the runtime's. gen/control/attached-region.ts is the other side.
 *
 *     header    | slots: two lines of words each | rings: two of ring_bytes for each slot
 *
 * A slot is one connection, or one listener. Those below client_slots are begun by the client
 * (CONNECT, LISTEN), the others by the runtime (a program connected to a listener of the client).
 * Every word has one writer, but for the doorbells' and `want_space`. Indices count bytes modulo
 * 2^32; tail - head bytes are in a ring.
 *
 * "Look at slot n" is a bit in a set. Who sets one rings the other's doorbell (an eventfd) only
 * when it finds `armed`, and disarms it: it is armed before a side sleeps, and that side looks at
 * the set once more afterwards. Bits may be set for no reason.
 *
 * To the runtime all of it is hostile: a word is read once, ring indices are compared with its own
 * copies and masked, everything else is a hint. What a client writes can harm its own connections.
 */
#ifndef BP_SOCKET_ATTACHED_LAYOUT_H
#define BP_SOCKET_ATTACHED_LAYOUT_H

#include "base/base.h"

enum {
    BP_ATTACHED_SLOTS = 2048,
    BP_ATTACHED_CLIENT_SLOTS = 1024,
    BP_ATTACHED_RING = 64 << 10, /* bytes; a power of two */
    BP_ATTACHED_SLOTS_AT = 4096,
};

#define BP_ATTACHED_MAGIC "bpattch\1"

struct bp_attached_header {
    char magic[8];
    u32 slots, client_slots, slots_at, slot_bytes, rings_at, ring_bytes;
    u32 client_armed BP_ALIGNED(64);
    u32 runtime_armed BP_ALIGNED(64);
    u32 to_runtime[BP_ATTACHED_SLOTS / 32] BP_ALIGNED(64);
    u32 to_client[BP_ATTACHED_SLOTS / 32];
};

/* What the client asks of a slot (command). */
enum {
    BP_ATTACHED_NOTHING,
    BP_ATTACHED_CONNECT, /* to `port` of this machine */
    BP_ATTACHED_LISTEN,  /* on `port`, 0 = any */
    BP_ATTACHED_CLOSE,   /* it has done with the slot, and writes no more there */
};

/* What became of it (state). */
enum {
    BP_ATTACHED_FREE, /* both lines are zero */
    BP_ATTACHED_OPEN,
    BP_ATTACHED_FAILED,  /* `error` says why; the client closes */
    BP_ATTACHED_RETIRED, /* about to be free */
};

/* Ends of a side (flags). */
enum {
    BP_ATTACHED_SHUT = 1,  /* it writes no more */
    BP_ATTACHED_GONE = 2,  /* the runtime's: it reads no more either */
    BP_ATTACHED_RESET = 4, /* the connection is broken; with CLOSE: break it */
};

struct bp_attached_slot {
    struct {
        u32 command, port;
        u32 tail;       /* of the ring to the runtime */
        u32 head;       /* of the ring to the client */
        u32 flags;      /* SHUT, RESET */
        u32 want_space; /* 1: tell when the ring to the runtime is half empty; cleared by it */
    } client BP_ALIGNED(64);
    struct {
        u32 state, error; /* positive errno */
        u32 head;         /* of the ring to the runtime */
        u32 tail;         /* of the ring to the client */
        u32 flags;
        u32 want_space; /* 1: as above, of the ring to the client; cleared by the client */
        u32 listener;   /* of a connection that the runtime began: the listener's slot */
        u32 local_port, peer_port; /* the client's own, and the program's */
        u32 reserved;
        u8 local[16], peer[16]; /* IPv4 as IPv4-mapped */
    } runtime BP_ALIGNED(64);
};

BP_STATIC_ASSERT(sizeof(struct bp_attached_header) <= BP_ATTACHED_SLOTS_AT, "before the slots");
BP_STATIC_ASSERT(offsetof(struct bp_attached_header, to_runtime) == 192, "attached-region.ts");
BP_STATIC_ASSERT(offsetof(struct bp_attached_header, to_client) == 448, "attached-region.ts");
BP_STATIC_ASSERT(sizeof(struct bp_attached_slot) == 192, "attached-region.ts");

#define BP_ATTACHED_RINGS_AT \
    ((size_t)BP_ATTACHED_SLOTS_AT + BP_ATTACHED_SLOTS * sizeof(struct bp_attached_slot))
#define BP_ATTACHED_BYTES (BP_ATTACHED_RINGS_AT + 2UL * BP_ATTACHED_SLOTS * BP_ATTACHED_RING)

#endif
