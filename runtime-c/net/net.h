/*
 * The stack of one worker: its interfaces, addresses and routes, and everything that the protocols
 * keep. Packets go in by bp_net_input and out through the devices; nothing here locks, sleeps or
 * asks for the time. `now` is CLOCK_MONOTONIC in nanoseconds and never goes back.
 *
 * The worker's loop: bp_net_input_burst with the packets received, then bp_net_poll, then sleep
 * until bp_net_deadline at the latest.
 *
 * All devices of one stack share a pool: a packet that one has allocated may be sent or freed by
 * another.
 */
#ifndef BP_NET_NET_H
#define BP_NET_NET_H

#include "bp_config.h"
#include "net/addr.h"
#include "net/group.h"
#include "net/icmp.h"
#include "net/neighbour.h"
#include "net/path_mtu.h"
#include "net/reassembly.h"
#include "net/tx_queue.h"
#include "sched/wheel.h"

enum bp_drop {
#define BP_DROP(id, name, help) BP_DROP_##id,
#include "net/drop.def"
#undef BP_DROP
    BP_DROPS
};

enum {
    /* The config's, and a link-local one for each interface. */
    BP_NET_OWN_ADDRESSES_MAX = BP_NET_ADDRESSES_MAX + (BP_NET_HAS_IPV6 ? BP_NET_INTERFACES_MAX : 0),
    BP_NET_IP_IDS = 256,
};

BP_STATIC_ASSERT((BP_NET_LOOPBACK & (BP_NET_LOOPBACK - 1)) == 0, "slots are found by masking");
BP_STATIC_ASSERT(BP_NET_PATH_MTUS % BP_PATH_MTU_WAYS == 0, "sets are whole");

/* A device, or one VLAN of it. */
struct bp_net_interface {
    struct bp_device *device;
    struct bp_tx_queue *tx; /* of that device, in bp_net.tx */
    u16 vlan;               /* 0: untagged */
    u16 mtu;                /* bytes of an IP packet */
    u16 index;              /* in bp_net.interfaces */
};

/* An own address, and the prefix of those who are reached without a gateway. */
struct bp_net_address {
    struct bp_ip_prefix prefix; /* addr is the whole address */
    u16 interface;
};

/* Gateway any (BP_IP_ANY4, BP_IP_ANY6): the destination is on the link. */
struct bp_net_route {
    struct bp_ip_prefix destination;
    struct bp_ip_addr gateway;
    u16 interface;
};

/* Another station that uses an address of ours. */
struct bp_net_conflict {
    struct bp_ip_addr addr;
    u8 mac[6];
};

struct bp_steering;

/* What bp_net_init is told. The arrays are copied, the devices are not. */
struct bp_net_config {
    struct {
        struct bp_device *device;
        u16 vlan; /* 0: untagged */
        u16 mtu;  /* 0: the device's */
    } interfaces[BP_NET_INTERFACES_MAX];
    u32 interface_count;
    struct bp_net_address addresses[BP_NET_ADDRESSES_MAX];
    u32 address_count;
    struct bp_net_route routes[BP_NET_ROUTES_MAX]; /* those of the addresses' prefixes go unsaid */
    u32 route_count;
    u64 seed; /* random and secret: keys hashes, identifications and sequence numbers */
    struct bp_steering *steering; /* NULL: no other worker has a stack */
    u32 worker;
};

/* Packets to ourselves, from their IP header on: a ring that bp_net_poll empties, so that sending
 * never ends in receiving. */
struct bp_loopback {
    struct {
        struct bp_packet *packet;
        u16 interface;
    } slots[BP_NET_LOOPBACK];
    u32 head, tail; /* slots taken out and put in, ever */
};

struct bp_ip_protocol;
struct bp_udp;
struct bp_tcp;

struct bp_net {
    u64 now;  /* of the last call that told the time */
    u64 seed; /* secret */
    struct bp_net_interface interfaces[BP_NET_INTERFACES_MAX];
    u32 interface_count;
    struct bp_net_address addresses[BP_NET_OWN_ADDRESSES_MAX];
    u32 address_count;
    struct bp_net_route
        routes[BP_NET_ROUTES_MAX + BP_NET_OWN_ADDRESSES_MAX]; /* longest prefix first */
    u32 route_count;
    const struct bp_ip_protocol *protocols[256]; /* by protocol number; NULL: none */
    struct bp_steering *steering;                /* NULL: alone */
    u32 worker;
    bool burst;      /* more packets may follow the one that is handled */
    u32 to_wake;     /* bits: workers that were handed packets, and do not know */
    u64 handed_over; /* packets to other workers, ever */
    u64 random;      /* state of bp_net_random */

    struct bp_wheel wheel;
    u32 tx_holds; /* bp_net_hold without bp_net_release */
    u32 tx_full;  /* devices that have no room */
    struct bp_tx_queue tx[BP_NET_INTERFACES_MAX];
    struct bp_loopback loopback;

    u32 ip_ids[BP_NET_IP_IDS]; /* the next identification, by hash of the two addresses */
    struct bp_neighbours neighbours;
    struct bp_reassembly reassembly;
    struct bp_path_mtus path_mtus;
    struct bp_icmp icmp;
    struct bp_groups groups;
    struct bp_udp *udp; /* set by bp_udp_init */
    struct bp_tcp *tcp; /* set by bp_tcp_init */

    u64 conflicts;                          /* packets of others that use an address of ours */
    struct bp_net_conflict conflict;        /* the last one */
    u64 defended[BP_NET_OWN_ADDRESSES_MAX]; /* when each address was last defended; 0: never */
    u64 drops[BP_DROPS], dropped;           /* by reason, and the sum */
};

/* Name and explanation of each reason, from drop.def. */
struct bp_drop_text {
    const char *name, *help;
};
extern const struct bp_drop_text bp_drop_texts[BP_DROPS];

/*
 * Prepares a zeroed net and announces its addresses (gratuitous ARP, unsolicited advertisements),
 * after one question whether somebody has them, whose answer is not waited for but counted as a
 * conflict (as optimistic DAD, RFC 4429).
 * The devices must be ready to send. Returns 0, or -EINVAL for a config that makes no sense: an
 * index out of range, a VLAN id above 4094, a prefix longer than its family's, an address that no
 * host may have, an MTU below 68 (1280 where the interface has an IPv6 address), above the
 * device's.
 */
int bp_net_init(struct bp_net *net, const struct bp_net_config *config, u64 now);

/* Ends it: gives all packets back and disarms all timers. */
void bp_net_stop(struct bp_net *net);

/* Tells the time without anything to do; before calls from above that send. */
BP_INLINE void bp_net_set_time(struct bp_net *net, u64 now)
{
    if (now > net->now)
        net->now = now;
}

/* A received frame, from its Ethernet header on. Takes over the packet. */
void bp_net_input(struct bp_net *net, struct bp_device *device, struct bp_packet *frame, u64 now);

/*
 * The same for many frames of one device, faster: what lies ahead is fetched, and what they cause
 * to be sent leaves together, before this returns.
 */
void bp_net_input_burst(struct bp_net *net, struct bp_device *device, struct bp_packet **frames,
                        u32 count, u64 now);

/*
 * True for a frame that the stacks of all workers should see, though a NIC with several queues
 * gives it to one: answers of neighbours, ICMP errors, datagrams to groups and everyone, questions
 * of multicast routers. Who answers what is asked of this machine alone is the one who got the
 * frame. Looks only; anything at all may be in the frame.
 */
bool bp_net_concerns_all(const struct bp_packet *frame);

/*
 * Between hold and release, frames to be sent are gathered and leave together, at the latest at the
 * outermost release: around whatever is likely to send several. Pairs may be nested. Frames that
 * their device then has no room for wait for the next poll.
 */
void bp_net_hold(struct bp_net *net);
void bp_net_release(struct bp_net *net);

/* Around many packets that are handed in: hold and release, and protocols may let one packet wait
 * for those that follow it. Not nested. */
void bp_net_burst_begin(struct bp_net *net);
void bp_net_burst_end(struct bp_net *net);

/* Sends what has waited for room, delivers packets to ourselves and fires the timers that are due.
 */
void bp_net_poll(struct bp_net *net, u64 now);

/* When bp_net_poll must be called next at the latest; net->now or earlier: at once; BP_NEVER. */
u64 bp_net_deadline(const struct bp_net *net);

/* Timers of the protocols, fired by bp_net_poll. Arming one that is armed moves it. A deadline
 * fires up to 1024 ns late, never early. */
void bp_net_timer_init(struct bp_timer *timer, void (*fire)(struct bp_timer *timer));
void bp_net_timer_arm(struct bp_net *net, struct bp_timer *timer, u64 deadline);
void bp_net_timer_cancel(struct bp_net *net, struct bp_timer *timer);

/* An empty packet with room for all headers in front, or NULL (counted). */
struct bp_packet *bp_net_alloc(struct bp_net *net);

/* A copy in one piece with the same flags and header lengths, or NULL (counted). The original
 * stays. */
struct bp_packet *bp_net_copy(struct bp_net *net, const struct bp_packet *packet);

/* Gives back a packet with all its pieces; NULL is allowed. */
void bp_net_free(struct bp_net *net, struct bp_packet *packet);

/* The same, and counts why. */
void bp_net_drop(struct bp_net *net, struct bp_packet *packet, enum bp_drop reason);

BP_INLINE void bp_net_count_drop(struct bp_net *net, enum bp_drop reason)
{
    net->drops[reason]++;
    net->dropped++;
}

BP_INLINE void bp_net_count_conflict(struct bp_net *net, const struct bp_ip_addr *addr,
                                     const u8 mac[6])
{
    net->conflicts++;
    net->conflict.addr = *addr;
    memcpy(net->conflict.mac, mac, 6);
}

/* Unpredictable to who does not know the seed; not for keys. */
u64 bp_net_random(struct bp_net *net);

#endif
