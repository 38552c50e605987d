/*
 * ARP (RFC 826; announcements and defence of RFC 5227). What others claim unasked is believed only
 * when it agrees with what is known; see neighbour.h.
 */
#ifndef BP_NET_ARP_H
#define BP_NET_ARP_H

#include "net/ether.h"

void bp_arp_input(struct bp_net *net, struct bp_packet *packet, const struct bp_arrival *arrival);

/* Asks who has target; destination: broadcast, or the address to be confirmed. */
void bp_arp_request(struct bp_net *net, struct bp_net_interface *interface, be32 target,
                    const u8 destination[6]);

/* Says that an address is ours (RFC 5227, 2.3). */
void bp_arp_announce(struct bp_net *net, const struct bp_net_address *own);

#endif
