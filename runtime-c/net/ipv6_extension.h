/* Extension headers of received IPv6 packets (RFC 8200, 4). */
#ifndef BP_NET_IPV6_EXTENSION_H
#define BP_NET_IPV6_EXTENSION_H

#include "net/ip.h"

/*
 * Pulls all extension headers, reassembling on the way. True: *packet (perhaps another one now) is
 * at a transport header, whose type is info->protocol. False: the packet is gone (kept as a
 * fragment, or dropped and its sender told). *next_at: where in the headers the transport's type
 * stands, for a parameter problem.
 */
bool bp_ipv6_pull_extensions(struct bp_net *net, struct bp_packet **packet, struct bp_ip_info *info,
                             u32 *next_at);

#endif
