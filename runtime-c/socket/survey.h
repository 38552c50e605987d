/*
 * A survey of all sockets, for people (`bypassgen ss`): a region (base/region.h) with one record
 * for each, which the workers fill in slices between their turns. It is what each of them saw when
 * it looked, not one moment; a connection made or ended meanwhile may be in it or not.
 *
 * The layout is read by gen/sockets/region.ts. Numbers are the machine's; ports in host order.
 */
#ifndef BP_SOCKET_SURVEY_H
#define BP_SOCKET_SURVEY_H

#include "base/base.h"
#include "socket/file.h"

#include <linux/tcp.h>

enum {
    BP_SURVEY_MAX = 65536, /* records */
    BP_SURVEY_SLICE = 64,  /* sockets that a worker looks at in one go */
};

enum bp_survey_place {
    BP_SURVEY_FUSED,   /* the other end is a program of the runtime */
    BP_SURVEY_NIC,     /* beyond a NIC */
    BP_SURVEY_OUTSIDE, /* a process that is attached through memory */
};

struct bp_survey_record {
    u8 ipv6, protocol; /* of the socket: 0 or 1; IPPROTO_TCP, IPPROTO_UDP */
    u8 state;          /* enum bp_tcp_state; of UDP ESTABLISHED or CLOSED */
    u8 place;          /* enum bp_survey_place */
    u16 local_port, remote_port;
    u8 local[16], remote[16];      /* IPv4 mapped */
    u32 receive_queue, send_queue; /* bytes; of a listener: waiting connections, and their limit */
    u32 send_limit, receive_limit; /* bytes that may be buffered */
    u32 pid;                       /* of the program; 0: unknown */
    u32 worker;                    /* whose flow it is; of BP_SURVEY_NIC */
    char congestion[16];           /* "" without a flow */
    struct tcp_info info;          /* of a flow; else zero */
};

struct bp_survey {
    char magic[8]; /* "bpsocks\1" */
    u32 header_bytes, record_bytes, info_bytes;
    u32 capacity;
    u32 count;   /* that there were; records beyond capacity are left out */
    u32 pending; /* parts that are still being filled in */
    struct bp_survey_record records[];
};

#define BP_SURVEY_MAGIC "bpsocks\1"

/* A zeroed record to fill in, or NULL when there are too many. Any worker. */
struct bp_survey_record *bp_survey_add(struct bp_survey *survey);

/* The next slice of the sockets that are listening, and of connections in memory. *next: 0 at
 * first. True when that was the last one. Any worker, in its own context. */
bool bp_survey_local(struct bp_survey *survey, u32 *next);

#endif
