/*
 * Captures: copies of the packets of one NIC, as they come in and leave, for people
 * (`bypassgen dump`). Each queue has a ring of its own in a region (base/region.h) of which it is
 * the only writer; it never waits for a reader and reads nothing back. Who reads too slowly finds
 * that old packets were overwritten, and sees by the numbers of the others how many.
 *
 * The layout is read by gen/seen/capture.ts. A ring is struct bp_capture_ring and, behind it, the
 * bytes that positions count, modulo BP_CAPTURE_BYTES. A record is struct bp_capture_record with the
 * bytes of the packet, padded to 8. A position only grows; records from `oldest` to `newest` are
 * whole. A reader looks at newest, copies, looks at oldest after that, and believes what lies
 * behind it.
 *
 * All functions but the first three are the queue's worker's.
 */
#ifndef BP_NIC_CAPTURE_H
#define BP_NIC_CAPTURE_H

#include "base/base.h"
#include "nic/packet.h"

enum {
    BP_CAPTURE_BYTES = 1 << 22, /* of a ring, a power of two */
    BP_CAPTURE_SNAPLEN_MAX = 65535,
};

struct bp_capture_ring {
    u64 oldest, newest; /* positions */
    u64 packets;        /* records written, ever */
    u32 started, stopped;
} BP_ALIGNED(BP_CACHE_LINE);

struct bp_capture_record {
    u64 number;    /* of the packet in this ring, from 0 */
    u64 time;      /* ns since 1970 */
    u32 bytes;     /* of the packet on the wire */
    u32 captured;  /* of them that follow */
    u32 outbound;  /* 0 or 1 */
    u32 padding;
};

struct bp_capture_header {
    char magic[8]; /* "bpdumps\1" */
    u32 header_bytes, ring_bytes, data_bytes, record_bytes;
    u32 rings, snaplen;
};

#define BP_CAPTURE_MAGIC "bpdumps\1"

struct bp_nic;

/*
 * Begins a capture: each queue writes from its worker's next turn on. The main thread's, as the
 * next two. Returns the descriptor of its region, or negative errno: -EBUSY while the NIC is
 * captured already.
 */
int bp_nic_capture_begin(struct bp_nic *nic, u32 snaplen);

/* The queues are asked to stop. The memory is given back by the next begin or by reap. */
void bp_nic_capture_end(struct bp_nic *nic);

/* Gives back what belongs to captures whose last writer has stopped. True: some have not. */
bool bp_nic_captures_reap(void);

/* A queue's, while it is captured. */
struct bp_capture;

/* Copies a burst that came in. */
void bp_capture_received(struct bp_capture *capture, struct bp_packet *const *packets, u32 count);

/* Where records of a burst that is about to leave end, so that those which the driver then does not
 * take are forgotten. */
struct bp_capture_marks {
    u64 newest[65];
};

struct rte_mbuf;
void bp_capture_before_send(struct bp_capture *capture, struct rte_mbuf *const *mbufs, u32 count,
                            struct bp_capture_marks *marks);
void bp_capture_sent(struct bp_capture *capture, u32 count, const struct bp_capture_marks *marks);

#endif
