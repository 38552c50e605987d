/*
 * Captures: copies of the packets of one NIC, as they come in and leave, for people
 * (`bypassgen dump`). Each queue has a ring of its own in a region (base/region.h) of which it is
 * the only writer; it never waits for a reader and reads nothing back. Who reads too slowly finds
 * that old packets were overwritten, and sees by the numbers of the others how many.
 *
 * The layout is read by gen/seen/capture.ts. A ring is struct bp_capture_ring and, behind it, the
 * bytes that positions count, modulo BP_CAPTURE_BYTES. A record is struct bp_capture_record with
 * the bytes of the packet, padded to 8. A position only grows; records from `oldest` to `newest`
 * are whole. A reader looks at newest, copies, looks at oldest after that, and believes what lies
 * behind it.
 */
#ifndef BP_NIC_CAPTURE_H
#define BP_NIC_CAPTURE_H

#include "base/base.h"
#include "nic/packet.h"

enum {
    BP_CAPTURE_BYTES = 1 << 23, /* of a ring, a power of two */
    BP_CAPTURE_SNAPLEN_MAX = 65535,
};

struct bp_capture_ring {
    u64 oldest, newest; /* positions */
    u64 packets;        /* records written, ever */
    u32 started, stopped;
} BP_ALIGNED(BP_CACHE_LINE);

struct bp_capture_record {
    u64 number;   /* of the packet in this ring, from 0 */
    u64 time;     /* ns since 1970 */
    u32 bytes;    /* of the packet on the wire */
    u32 captured; /* of them that follow */
    u32 outbound; /* 0 or 1 */
    u32 padding;
};

struct bp_capture_header {
    char magic[8]; /* "bpdumps\1" */
    u32 header_bytes, ring_bytes, data_bytes, record_bytes;
    u32 rings, snaplen;
    char nic[32]; /* its name in the config */
};

#define BP_CAPTURE_MAGIC "bpdumps\1"

/* The writer of one ring, for one queue. Zero but for what bp_capture_init sets. */
struct bp_capture {
    struct bp_capture_ring *ring;
    u8 *data;
    u64 position; /* behind the last record; newest tells of it later */
    u64 number;   /* of the next record */
    u64 oldest;   /* as in the ring */
    u32 snaplen;
};

struct bp_device;

/* ring: zeroed, with BP_CAPTURE_BYTES behind it. snaplen: bytes of each packet that are kept. */
void bp_capture_init(struct bp_capture *capture, struct bp_capture_ring *ring, u32 snaplen);

/* The queue's packets go into the ring from its next burst on; NULL: they do no longer. The queue's
 * worker. */
void bp_nic_set_capture(struct bp_device *device, struct bp_capture *capture);

/* ---- for burst.c ---- */

/* Copies a burst that came in. */
void bp_capture_received(struct bp_capture *capture, struct bp_packet *const *packets, u32 count);

/* Where records of a burst that is about to leave end: those which the driver then does not take
 * are forgotten. */
struct bp_capture_marks {
    u64 newest[64 + 1]; /* BP_NIC_BURST */
};

void bp_capture_before_send(struct bp_capture *capture, struct bp_packet *const *packets, u32 count,
                            struct bp_capture_marks *marks);
void bp_capture_sent(struct bp_capture *capture, u32 count, const struct bp_capture_marks *marks);

#endif
