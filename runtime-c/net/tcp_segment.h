/*
 * The TCP header on the wire: parsed once into host order, built from host order (RFC 9293 3.1,
 * RFC 7323, RFC 2018). Knows nothing of connections. Checksums are the caller's.
 */
#ifndef BP_NET_TCP_SEGMENT_H
#define BP_NET_TCP_SEGMENT_H

#include "nic/packet.h"

enum bp_tcp_flags {
    BP_TCP_FIN = 1 << 0,
    BP_TCP_SYN = 1 << 1,
    BP_TCP_RST = 1 << 2,
    BP_TCP_PSH = 1 << 3,
    BP_TCP_ACK = 1 << 4,
    BP_TCP_URG = 1 << 5,
    BP_TCP_ECE = 1 << 6,
    BP_TCP_CWR = 1 << 7,
};

enum {
    BP_TCP_HEADER = 20,
    BP_TCP_HEADER_MAX = 60,
    BP_TCP_SACK_BLOCKS = 4,   /* that fit in a header */
    BP_TCP_WSCALE_MAX = 14,   /* RFC 7323, 2.3 */
    BP_TCP_MSS_DEFAULT = 536, /* without the option; RFC 9293, 3.7.1 */
    BP_TCP_MSS_DEFAULT_V6 = 1220,
};

/* Which options a segment has. */
enum bp_tcp_option_bits {
    BP_TCP_HAS_MSS = 1 << 0,
    BP_TCP_HAS_WSCALE = 1 << 1,
    BP_TCP_HAS_SACK_OK = 1 << 2,
    BP_TCP_HAS_TIMESTAMPS = 1 << 3,
};

struct bp_tcp_range {
    u32 start, end; /* [start, end) */
};

struct bp_tcp_segment {
    u16 source, destination; /* ports */
    u32 seq, ack;
    u32 len;    /* payload bytes */
    u32 end;    /* seq + len + SYN + FIN */
    u32 window; /* as on the wire, unscaled */
    u32 ts_value, ts_echo;
    u16 mss;
    u8 flags;   /* enum bp_tcp_flags */
    u8 options; /* enum bp_tcp_option_bits */
    u8 wscale;
    u8 header_len;
    u8 sacks;       /* how many blocks */
    u8 tos;         /* of its IP header, as all that follows not from this one */
    bool congested; /* that was marked CE */
    u16 urgent;     /* the pointer as on the wire; with BP_TCP_URG */
    u16 segs;       /* how many were joined (tcp_coalesce.c) */
    u16 unit;       /* payload bytes of each but the last */
    struct bp_tcp_range sack[BP_TCP_SACK_BLOCKS];
};

/* Reads the header of len bytes' worth of segment, of which the first `contiguous` are at data.
 * False: malformed, to be dropped. Unknown and damaged options are skipped. */
bool bp_tcp_segment_parse(struct bp_tcp_segment *segment, const u8 *data, u32 contiguous, u32 len);

/* Bytes that the header of this segment takes: 20 to 60. SACK blocks that do not fit are cut off.
 */
u32 bp_tcp_segment_header_len(struct bp_tcp_segment *segment);

/* Writes the header, checksum zero, into bp_tcp_segment_header_len() bytes. */
void bp_tcp_segment_build(const struct bp_tcp_segment *segment, u8 *data);

#endif
