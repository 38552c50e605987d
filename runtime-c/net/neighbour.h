/*
 * The neighbour cache: link-layer addresses of those on the link, found by ARP (RFC 826) or
 * neighbour discovery (RFC 4861), with the states of the latter for both.
 */
#ifndef BP_NET_NEIGHBOUR_H
#define BP_NET_NEIGHBOUR_H

#include "bp_config.h"
#include "base/list.h"
#include "net/addr.h"
#include "net/packet.h"
#include "sched/timer.h"

struct bp_net;

enum bp_neighbour_state {
    BP_NEIGHBOUR_FREE,
    BP_NEIGHBOUR_INCOMPLETE, /* asked by multicast, no answer yet; packets wait */
    BP_NEIGHBOUR_REACHABLE,
    BP_NEIGHBOUR_STALE, /* not confirmed lately; used nevertheless, and then doubted */
    BP_NEIGHBOUR_DELAY, /* used while stale: a protocol may still confirm it */
    BP_NEIGHBOUR_PROBE, /* asked by unicast */
    BP_NEIGHBOUR_FAILED,
};

struct bp_neighbour {
    struct bp_ip_addr addr;
    u32 generation; /* changes when the entry becomes another neighbour's */
    u16 interface;
    u8 state; /* enum bp_neighbour_state */
    u8 mac[6];
    u8 probes;                                       /* sent in this state */
    u8 queued;                                       /* packets that wait */
    struct bp_packet *queue[BP_NET_NEIGHBOUR_QUEUE]; /* oldest first, from their IP header on */
    u64 confirmed;
    struct bp_list bucket; /* of the hash; when free: of the free list */
    struct bp_list lru;
    struct bp_net *net;
    struct bp_timer timer;
};

struct bp_neighbours {
    struct bp_neighbour entries[BP_NET_NEIGHBOURS];
    struct bp_list buckets[BP_NET_NEIGHBOURS];
    struct bp_list free;
    struct bp_list lru; /* least recently used first */
};

#endif
