/*
 * The neighbour cache: link-layer addresses of those on the link, found by ARP (RFC 826) or
 * neighbour discovery, with the states of the latter (RFC 4861, 7.3) for both.
 *
 * Against poisoning: entries are made by our own packets only, never by what others send; an
 * address is taken only from an answer while we ask. A claim that contradicts a resolved entry
 * changes nothing but makes us ask everyone again, at most once a second: so a station that really
 * took over an address is found, and a liar must outrun the owner.
 */
#ifndef BP_NET_NEIGHBOUR_H
#define BP_NET_NEIGHBOUR_H

#include "bp_config.h"
#include "base/list.h"
#include "net/addr.h"
#include "nic/packet.h"
#include "sched/timer.h"

struct bp_net;
struct bp_ip_path;

enum bp_neighbour_state {
    BP_NEIGHBOUR_FREE,
    BP_NEIGHBOUR_INCOMPLETE, /* asked, no answer yet; packets wait */
    BP_NEIGHBOUR_REACHABLE,
    BP_NEIGHBOUR_STALE, /* not confirmed lately; used nevertheless, and then doubted */
    BP_NEIGHBOUR_DELAY, /* used while stale: a protocol may still confirm it */
    BP_NEIGHBOUR_PROBE, /* asked again; still used */
    BP_NEIGHBOUR_FAILED,
};

struct bp_neighbour {
    struct bp_ip_addr addr;
    u32 generation; /* changes when the entry becomes another neighbour's */
    u16 interface;
    u8 state; /* enum bp_neighbour_state */
    u8 mac[6];
    u8 probes;     /* sent in this state */
    u8 queued;     /* packets that wait */
    bool used;     /* since the table last looked for a victim */
    bool ask_all;  /* while in PROBE: another has claimed the address */
    u64 until;     /* REACHABLE: when it becomes stale; FAILED: when it may be asked again */
    u64 contested; /* when a claim last made us ask again */
    struct bp_packet *queue[BP_NET_NEIGHBOUR_QUEUE]; /* oldest first, from their IP header on */
    struct bp_list bucket;                           /* of the hash; when free: of the free list */
    struct bp_list turn;                             /* in bp_neighbours.turns */
    struct bp_net *net;
    struct bp_timer timer; /* INCOMPLETE, DELAY, PROBE */
};

struct bp_neighbours {
    struct bp_neighbour entries[BP_NET_NEIGHBOURS];
    struct bp_list buckets[BP_NET_NEIGHBOURS];
    struct bp_list free;
    struct bp_list turns; /* who is next to be given up for another; used ones get a second turn */
};

void bp_neighbours_init(struct bp_net *net);
void bp_neighbours_stop(struct bp_net *net);

/* Sends a packet, data at its IP header, to the path's next hop, or keeps it until that is found.
 * Takes over the packet. Returns 0, -EHOSTUNREACH or -ENOBUFS. */
int bp_neighbour_output(struct bp_net *net, struct bp_packet *packet, struct bp_ip_path *path);

/* Somebody says that addr is at mac; solicited: as an answer to a question of ours. */
void bp_neighbour_claim(struct bp_net *net, u16 interface, const struct bp_ip_addr *addr,
                        const u8 mac[6], bool solicited);

/* The entry of an address, or NULL. */
struct bp_neighbour *bp_neighbour_find(struct bp_net *net, u16 interface,
                                       const struct bp_ip_addr *addr);

#endif
