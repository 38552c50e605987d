/* The IPv6 header and its extensions, in and out (RFC 8200). */
#ifndef BP_NET_IPV6_H
#define BP_NET_IPV6_H

#include "net/ether.h"
#include "net/ip.h"

/* Checks everything, walks the extension headers, reassembles and delivers. Takes over the packet,
 * data at the IP header. */
void bp_ipv6_input(struct bp_net *net, struct bp_packet *packet, const struct bp_arrival *arrival);

/* Puts the header in front; the headroom is there. */
void bp_ipv6_push(struct bp_packet *packet, const struct bp_ip_path *path, u8 next_header, u8 tos,
                  u8 hop_limit);

enum {
    /* A chain of extension headers is followed this far. */
    BP_IPV6_EXTENSIONS_MAX = 8,
};

/*
 * Steps over extension headers in a plain buffer, for headers that others quote or that fragments
 * begin with: *next is the first header's type, and then the transport's. Returns the
 * transport header's offset, or -1 when the chain is malformed, too long or not whole. A fragment
 * header is stepped over if it is a first fragment's, -1 otherwise.
 */
int bp_ipv6_skip_extensions(const u8 *bytes, u32 len, u8 *next);

/* The solicited-node multicast address (RFC 4291, 2.7.1). */
struct bp_ip_addr bp_ipv6_solicited_node(const struct bp_ip_addr *addr);

#endif
