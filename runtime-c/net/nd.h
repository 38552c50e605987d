/*
 * Neighbour discovery (RFC 4861): solicitations and advertisements. Addresses are static and used
 * at once; they are probed once (RFC 4862, 5.4), and whoever has one of them too counts as a
 * conflict. Others' probes for our addresses are answered.
 */
#ifndef BP_NET_ND_H
#define BP_NET_ND_H

#include "net/ether.h"
#include "net/ip.h"

/* Message handlers; they take over the packet, data at its ICMP header, checksum right. */
void bp_nd_input_solicit(struct bp_net *net, struct bp_packet *packet,
                         const struct bp_ip_info *info);
void bp_nd_input_advert(struct bp_net *net, struct bp_packet *packet,
                        const struct bp_ip_info *info);

/* Asks who has target; mac NULL: everyone. */
void bp_nd_solicit(struct bp_net *net, struct bp_net_interface *interface,
                   const struct bp_ip_addr *target, const u8 *mac);

/* Asks whether another has an address of ours. */
void bp_nd_probe(struct bp_net *net, const struct bp_net_address *own);

/* Says unasked that an address is ours (RFC 4861, 7.2.6). */
void bp_nd_announce(struct bp_net *net, const struct bp_net_address *own);

#endif
