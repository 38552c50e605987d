/*
 * Datagrams of which some fragments have come (RFC 791, RFC 8200 4.5). Memory is bounded in
 * datagrams and in fragments: what is oldest goes first. Fragments that overlap end their datagram
 * for good (RFC 5722): it stays listed, without its fragments, until its time is over, so that the
 * rest of them is known and dropped.
 */
#ifndef BP_NET_REASSEMBLY_H
#define BP_NET_REASSEMBLY_H

#include "bp_config.h"
#include "base/list.h"
#include "net/addr.h"
#include "nic/packet.h"
#include "sched/timer.h"

struct bp_net;
struct bp_ip_info;

/* What a fragment's header says. */
struct bp_fragment_info {
    u32 id;     /* as it lies in the header */
    u32 offset; /* bytes */
    bool more;
};

struct bp_fragment {
    struct bp_packet *packet; /* NULL: the slot is free */
    struct bp_fragment *next; /* the next by offset; the next free one */
    u32 offset, end;          /* bytes of the datagram */
};

struct bp_datagram {
    struct bp_list node; /* in bp_reassembly.pending or .free */
    struct bp_ip_addr source, destination;
    u32 id;
    u8 protocol; /* IPv4: part of the key; IPv6: of the first fragment's header */
    bool given_up;
    bool congested;           /* a fragment was marked: so is the datagram (RFC 3168, 5.3) */
    u32 size;                 /* bytes; 0: not known until the last fragment comes */
    u32 have;                 /* bytes in fragments */
    struct bp_fragment *head; /* by offset */
    u16 interface;
    u64 expires;
};

struct bp_reassembly {
    struct bp_datagram datagrams[BP_NET_REASSEMBLIES];
    struct bp_fragment fragments[BP_NET_FRAGMENTS];
    struct bp_list pending; /* oldest first */
    struct bp_list free;
    struct bp_fragment *free_fragments;
    struct bp_timer timer; /* for the oldest */
};

void bp_reassembly_init(struct bp_net *net);
void bp_reassembly_stop(struct bp_net *net);

/*
 * Takes over a fragment, data at its payload, l3_len the bytes of headers in front of it. Returns
 * NULL, or the whole datagram as a chain, headers of the first fragment still in front; then
 * info->reassembled is set and info->protocol is what the first fragment's headers say.
 */
struct bp_packet *bp_reassemble(struct bp_net *net, struct bp_packet *packet,
                                struct bp_ip_info *info, const struct bp_fragment_info *fragment);

#endif
