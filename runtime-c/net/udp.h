/*
 * UDP (RFC 768, RFC 1122 4.1): who gets which datagram. Endpoints belong to the caller; the stack
 * links them into its tables between bp_udp_bind and bp_udp_unbind.
 */
#ifndef BP_NET_UDP_H
#define BP_NET_UDP_H

#include "base/list.h"
#include "net/ip.h"

enum bp_udp_flags {
    BP_UDP_REUSEADDR = 1 << 0, /* shares addresses with all who have it; the newest gets unicast */
    BP_UDP_REUSEPORT = 1 << 1, /* shares with its owner's who have it, by hash of the sender */
    BP_UDP_V6ONLY = 1 << 2,    /* :: does not mean 0.0.0.0 too */
};

struct bp_udp_endpoint;

/* Where a datagram came from. */
struct bp_udp_source {
    u16 port;                      /* the sender's */
    const struct bp_ip_info *info; /* its address, and all else that the IP header said */
};

struct bp_udp_handlers {
    /* A datagram; its payload, perhaps in several pieces, stays the stack's and is to be copied.
     * May send, and unbind its own endpoint. */
    void (*receive)(struct bp_udp_endpoint *endpoint, const struct bp_packet *payload,
                    const struct bp_udp_source *source);
    /* Bad news of a datagram that left from here. */
    void (*error)(struct bp_udp_endpoint *endpoint, const struct bp_ip_error *error);
};

struct bp_udp_endpoint {
    /* Set by the caller before bp_udp_bind. */
    const struct bp_udp_handlers *handlers;
    struct bp_ip_addr local; /* any: all own addresses, of IPv4 too for :: without V6ONLY */
    u16 local_port;          /* host order; 0: bp_udp_bind chooses */
    u16 interface;           /* or BP_NET_ANY_INTERFACE */
    u8 flags;                /* enum bp_udp_flags */
    u32 owner;               /* user id, for REUSEPORT */
    /* Set by bp_udp_connect. */
    struct bp_ip_addr remote; /* any: not connected */
    u16 remote_port;
    /* The stack's. */
    struct bp_list by_port, by_peer;
    struct bp_udp *udp;
};

struct bp_udp {
    struct bp_net *net;
    struct bp_list by_port[BP_NET_UDP_BUCKETS];
    struct bp_list by_peer[BP_NET_UDP_BUCKETS]; /* the connected ones */
    u32 connected;                              /* how many: servers have none to look for */
};

/* Gives the stack UDP; the memory is the caller's and must outlive net. */
void bp_udp_init(struct bp_net *net, struct bp_udp *udp);

/* Returns 0, -EADDRINUSE (or no port left; or it is another worker's, net/steer.h), -EADDRNOTAVAIL
 * (not an address of ours, nor a group, nor a broadcast), -EINVAL (no such interface). */
int bp_udp_bind(struct bp_net *net, struct bp_udp_endpoint *endpoint);
void bp_udp_unbind(struct bp_udp_endpoint *endpoint);

/*
 * Takes datagrams from this peer only from now on, to path's source, which becomes the local
 * address. The endpoint is bound; remote_port is not 0.
 */
void bp_udp_connect(struct bp_net *net, struct bp_udp_endpoint *endpoint,
                    const struct bp_ip_path *path, u16 remote_port);
/* From everyone again; the local address stays. */
void bp_udp_disconnect(struct bp_udp_endpoint *endpoint);

/*
 * Sends a payload along path; ports in host order. Takes over the packet. tos and ttl as in
 * bp_ip_output, whose errors it returns; datagrams larger than the MTU need BP_PATH_FRAGMENT.
 */
int bp_udp_output(struct bp_net *net, struct bp_packet *payload, struct bp_ip_path *path,
                  u16 source_port, u16 destination_port, u8 tos, u8 ttl);

#endif
