/* The IPv4 header, in and out (RFC 791, RFC 1122). */
#ifndef BP_NET_IPV4_H
#define BP_NET_IPV4_H

#include "net/ether.h"
#include "net/ip.h"

/* Checks everything, reassembles and delivers. Takes over the packet, data at the IP header. */
void bp_ipv4_input(struct bp_net *net, struct bp_packet *packet, const struct bp_arrival *arrival);

/* Puts the header in front; the headroom is there. fragment: the header's field, host order. */
void bp_ipv4_push(struct bp_net *net, struct bp_packet *packet, const struct bp_ip_path *path,
                  u8 protocol, u8 tos, u8 ttl, u16 id, u16 fragment);

/* Its bytes, with the router alert if the path wants it. */
BP_INLINE u32 bp_ipv4_header_bytes(const struct bp_ip_path *path)
{
    return sizeof(struct bp_ipv4_header) + (path->flags & BP_PATH_ROUTER_ALERT ? 4u : 0u);
}

#endif
