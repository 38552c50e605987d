/*
 * IPv4 and IPv6: packets out along a path, packets in to the protocols.
 *
 * A path is what a sender remembers of the way to a destination. It is made once (connect, the
 * first send) and found again from the cached parts at each output: a neighbour whose generation is
 * still that of the path needs no lookup.
 */
#ifndef BP_NET_IP_H
#define BP_NET_IP_H

#include "net/net.h"

enum bp_ip_path_flags {
    BP_PATH_LOCAL = 1 << 0,     /* to an address of our own: never leaves */
    BP_PATH_MULTICAST = 1 << 1, /* the link-layer address follows from the destination */
    BP_PATH_BROADCAST = 1 << 2,
    /* Set by the user of the path. UDP and ICMP: a packet larger than the MTU is fragmented here.
     * Without it, bp_ip_output refuses such a packet with -EMSGSIZE. */
    BP_PATH_FRAGMENT = 1 << 4,
    /* Set by the user of the path: routers may fragment too (IPv4), and what is known of the path's
     * MTU does not count. */
    BP_PATH_NO_DF = 1 << 5,
    BP_PATH_ROUTER_ALERT = 1 << 6, /* set by IGMP: with the option of RFC 2113 */
    /* Set by the user of the path: groups and broadcasts reach us too (IP_MULTICAST_LOOP). */
    BP_PATH_LOOP = 1 << 7,
};

struct bp_ip_path {
    struct bp_ip_addr source, destination;
    struct bp_ip_addr next_hop;
    struct bp_neighbour *neighbour; /* NULL: not looked up yet */
    u32 neighbour_generation;
    u32 mtu_generation;
    u16 mtu; /* 0: not looked up yet */
    u16 interface;
    u16 flags; /* enum bp_ip_path_flags */
};

/* Any interface, for bp_ip_path_init. */
#define BP_NET_ANY_INTERFACE 0xffff

/*
 * Finds the way to destination: fills path. Source NULL or any: an own address is chosen; otherwise
 * it must be one of ours. Interface: as SO_BINDTODEVICE or a scope asks, or BP_NET_ANY_INTERFACE.
 * Returns 0, -ENETUNREACH (no route), -EADDRNOTAVAIL (no such source, or none of the destination's
 * family), -EINVAL (families differ, or a destination that no packet may have).
 */
int bp_ip_path_init(struct bp_net *net, struct bp_ip_path *path, const struct bp_ip_addr *source,
                    const struct bp_ip_addr *destination, u16 interface);

/*
 * Sends a packet whose data begins at its transport header, with l4_len set. Takes over the packet,
 * whatever it returns. ttl 0: the default of 64. tos: DSCP and ECN bits, also IPv6's traffic class.
 * With BP_PACKET_SEGMENT, mss and l4_len say what size each cut has. Returns 0 (sent, or waiting
 * for the neighbour's address), -EMSGSIZE, -ENOBUFS (queue full), -EHOSTUNREACH (the neighbour has
 * failed to answer lately).
 */
int bp_ip_output(struct bp_net *net, struct bp_packet *packet, struct bp_ip_path *path, u8 protocol,
                 u8 tos, u8 ttl);

/*
 * Fills in the transport checksum, or leaves it to the device: then the field gets the
 * pseudo-header's sum, and the packet BP_PACKET_FILL_L4. Called with data at the transport header,
 * whose checksum field is at `offset` and zero, after everything else is in place and before
 * bp_ip_output. A UDP sum of 0 is the caller's to replace by 0xffff.
 */
void bp_ip_fill_checksum(struct bp_net *net, struct bp_packet *packet, struct bp_ip_path *path,
                         u8 protocol, u32 offset);

/* The largest IP packet for the path, headers included: the interface's MTU or less, when the path
 * is known to take less. */
u32 bp_ip_mtu(struct bp_net *net, struct bp_ip_path *path);

/* Bytes of the IP header that bp_ip_output puts in front. */
BP_INLINE u32 bp_ip_header_length(const struct bp_ip_path *path)
{
    return bp_ip_speaks_v4(&path->destination) ? sizeof(struct bp_ipv4_header)
                                               : sizeof(struct bp_ipv6_header);
}

/* True while the device may cut segments for this path (BP_PACKET_SEGMENT). */
bool bp_ip_can_segment(const struct bp_net *net, const struct bp_ip_path *path);

/* The peer answered: what TCP learns from acknowledgements (RFC 4861, 7.3.1). Cheap. */
void bp_ip_confirm(struct bp_net *net, struct bp_ip_path *path);

/* The peer seems dead: asks the neighbour again before the next packets (RFC 1122, 3.3.1.4). */
void bp_ip_doubt(struct bp_net *net, struct bp_ip_path *path);

/* What a received packet's IP header said. */
struct bp_ip_info {
    struct bp_ip_addr source, destination;
    u16 interface;
    u8 protocol; /* the transport's */
    u8 tos;      /* DSCP and ECN */
    u8 ttl;
    bool v6;
    bool multicast; /* the destination is a group */
    bool broadcast; /* the destination is a broadcast address */
    bool reassembled;
    bool passed_on; /* by another worker's stack: it is not to be passed on again */
};

enum bp_ip_error_kind {
    BP_IP_ERROR_NET_UNREACHABLE,
    BP_IP_ERROR_HOST_UNREACHABLE,
    BP_IP_ERROR_PROTOCOL_UNREACHABLE,
    BP_IP_ERROR_PORT_UNREACHABLE,
    BP_IP_ERROR_PROHIBITED, /* by a filter */
    BP_IP_ERROR_TOO_BIG,
    BP_IP_ERROR_TIME_EXCEEDED,
    BP_IP_ERROR_PARAMETER,
};

/* Bad news about a packet that we have, or seem to have, sent. Nothing of it can be trusted but
 * what the protocol finds to be of its own (a connection with these ports, a sequence number in
 * flight). */
struct bp_ip_error {
    enum bp_ip_error_kind kind;
    int error; /* negative errno as Linux reports it */
    bool hard; /* waiting will not help (Linux's "fatal"): ends a connect, is reported at once */
    u32 mtu;   /* TOO_BIG: that of the narrow link; see bp_ip_learn_mtu */
    bool v6;
    bool local;    /* our own finding (a neighbour that does not answer), not a message */
    u8 type, code; /* of the ICMP message, or of the one that a router would send */
    u8 protocol;
    u16 interface;
    struct bp_ip_addr source, destination; /* of the packet sent: source is ours */
    struct bp_ip_addr offender;            /* who says so */
    const u8 *transport;                   /* the transport header's first bytes */
    u32 transport_len;                     /* 8 or more */
};

/* What a protocol above IP gives. */
struct bp_ip_protocol {
    /* Takes over the packet: data at the transport header, padding trimmed, l3_len set. The header
     * may be cut short or lie in several pieces; see bp_packet_gather. */
    void (*input)(struct bp_net *net, struct bp_packet *packet, const struct bp_ip_info *info);
    /* NULL: not interested. */
    void (*error)(struct bp_net *net, const struct bp_ip_error *error);
    /* After the last packet of a burst (bp_net.burst); NULL: not interested. */
    void (*burst_over)(struct bp_net *net);
};

/* Takes a TOO_BIG into the path-MTU cache. Called by a protocol's error handler once it has found
 * the embedded header to be of a packet that it sent: others must not narrow our paths (RFC 5927,
 * 7). */
void bp_ip_learn_mtu(struct bp_net *net, const struct bp_ip_error *error);

/* The handlers of a protocol number; the structure stays the caller's and must live on. */
void bp_ip_register(struct bp_net *net, u8 protocol, const struct bp_ip_protocol *handlers);

/* A packet that another worker's stack has passed on (net/steer.h), as its handler was
 * given it. Takes over the packet. */
void bp_ip_input_passed_on(struct bp_net *net, struct bp_packet *packet,
                           const struct bp_ip_info *info, u64 now);

/* Tells the sender of a packet that no endpoint takes it (RFC 1122, 3.2.2.1): called with data at
 * the transport header where input got it, and frees the packet. For UDP; TCP answers with RST. */
void bp_ip_port_unreachable(struct bp_net *net, struct bp_packet *packet,
                            const struct bp_ip_info *info);

/* True for an address of our own (unicast). */
bool bp_ip_is_own(const struct bp_net *net, const struct bp_ip_addr *addr);

#endif
