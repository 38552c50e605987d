/* What IPv4 and IPv6 share on the way in. */
#ifndef BP_NET_IP_INPUT_H
#define BP_NET_IP_INPUT_H

#include "net/ether.h"
#include "net/ip.h"

/*
 * Whether a packet with these addresses may come from where it came from and is for us: fills
 * interface, multicast and broadcast of info, whose addresses are set. A source of :: passes only
 * when unspecified_source does (neighbour discovery, MLD). On false the reason is in *reason.
 */
bool bp_ip_accept(struct bp_net *net, struct bp_ip_info *info, const struct bp_arrival *arrival,
                  bool unspecified_source, enum bp_drop *reason);

/* To the protocol's handler. Takes over the packet, data at the transport header; false: there is
 * none, and the packet is the caller's still. */
bool bp_ip_deliver(struct bp_net *net, struct bp_packet *packet, const struct bp_ip_info *info);

#endif
