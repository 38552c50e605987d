/*
 * Several workers, each with a stack of its own. Every flow belongs to one of them: the one to
 * whose queue the flow's hash leads, whether the device spreads packets so or not. Who receives
 * what belongs to another hands it over (net/handover.h); answers of neighbours and ICMP errors go
 * to all. A UDP port belongs to the worker that first bound it, whose endpoints get all its
 * datagrams.
 */
#ifndef BP_NET_STEER_H
#define BP_NET_STEER_H

#include "net/frame_flow.h"
#include "net/handover.h"
#include "net/ip.h"
#include "net/tcp.h"

enum {
    BP_STEER_TABLE = 512, /* most entries of a device's table (DPDK, RTE_ETH_RSS_RETA_SIZE_512) */
    BP_STEER_NONE = 0xff, /* no worker; no interface */
};

/* How the flows of a NIC are spread. */
struct bp_steer_nic {
    bool by_device; /* the device does it: only what it cannot know is looked at */
    u16 queues;
    u16 entries;               /* of owners */
    u8 owners[BP_STEER_TABLE]; /* worker by hash modulo entries */
};

/* A worker's interfaces and NICs have numbers of their own. */
struct bp_steer_stack {
    struct bp_net *net;                   /* NULL: none */
    u8 nics[BP_NET_INTERFACES_MAX];       /* by interface */
    u8 interfaces[BP_NET_INTERFACES_MAX]; /* by NIC; BP_STEER_NONE: it has no queue of it */
};

/* Of a process. All but the rings and ports is constant once the workers run. */
struct bp_steering {
    struct bp_toeplitz hash;
    struct bp_steer_nic nics[BP_NET_INTERFACES_MAX];
    struct bp_steer_stack stacks[BP_WORKERS_MAX];
    struct bp_handover *rings[BP_WORKERS_MAX][BP_WORKERS_MAX]; /* from, to */
    void (*wake)(u32 worker); /* something was handed to it; any worker calls */
    u32 udp_ports[1 << 16];   /* atomic: the owner in the low 8 bits, how many endpoints above */
};

/* Prepares a zeroed structure. */
void bp_steering_init(struct bp_steering *steering, const u8 key[BP_TOEPLITZ_KEY],
                      void (*wake)(u32 worker));

/* The flows of a NIC go to its queues round robin, as long as no table says otherwise. */
void bp_steering_add_nic(struct bp_steering *steering, u32 nic, const u8 *workers, u32 queues);

/* The device puts packets into queue table[hash % entries], entries <= BP_STEER_TABLE. */
void bp_steering_by_device(struct bp_steering *steering, u32 nic, const u8 *workers,
                           const u16 *table, u32 entries);

/* A worker's stack, whose interfaces are these NICs. Before the workers run. */
void bp_steering_add_stack(struct bp_steering *steering, u32 worker, struct bp_net *net,
                           const u8 *nics, u32 count);

/* ---- owners ---- */

/* The worker to which a flow belongs. Its local address may be any: then it is that of the route.
 */
u32 bp_steer_owner(struct bp_net *net, const struct bp_tcp_key *key);

/* The worker that has a UDP port, or BP_STEER_NONE. */
u32 bp_steer_udp_owner(const struct bp_net *net, u16 port);

/* One more endpoint on a port; false: it is another worker's. True without steering. */
bool bp_steer_claim_udp(struct bp_net *net, u16 port);
void bp_steer_release_udp(struct bp_net *net, u16 port);

/* ---- packets ---- */

/* Hands what belongs to others of a burst received on an interface to them. Returns how many
 * frames are left, which are moved together. */
u32 bp_steer_frames(struct bp_net *net, u16 interface, struct bp_packet **frames, u32 count);

/* Hands a packet, data at its transport header, to a worker's stack: true, it is taken over. False
 * when that is this one, or nobody, or the packet was handed over already. */
bool bp_steer_pass_on(struct bp_net *net, u32 worker, struct bp_packet *packet,
                      const struct bp_ip_info *info);

/* A TCP segment that came in fragments: as bp_steer_pass_on, to whom it belongs. */
bool bp_steer_reassembled(struct bp_net *net, struct bp_packet *segment,
                          const struct bp_ip_info *info);

/* Wakes those who were handed something since the last call. */
void bp_steer_wake(struct bp_net *net);

/* Takes what others have handed over until now. Returns true when there was something. */
bool bp_steer_take(struct bp_net *net, u64 now);

/* True when there is something to take. */
bool bp_steer_waits(const struct bp_net *net);

#endif
