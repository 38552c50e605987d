/* Own addresses and routes: static tables, set up once by bp_net_init. */
#ifndef BP_NET_IP_ROUTE_H
#define BP_NET_IP_ROUTE_H

#include "net/ip.h"

/* Takes addresses and routes from a checked config, with a route for each address's prefix and a
 * link-local IPv6 address wherever there is an IPv6 address. */
void bp_ip_route_init(struct bp_net *net, const struct bp_net_config *config);

/* The own address that addr is, or NULL. */
const struct bp_net_address *bp_ip_own(const struct bp_net *net, const struct bp_ip_addr *addr);

/* The own address from which to speak to peer on an interface, or NULL: on the same prefix first,
 * of the same scope (link-local or not) second, any of the family last. */
const struct bp_net_address *bp_ip_source_for(const struct bp_net *net, u16 interface,
                                              const struct bp_ip_addr *peer);

/* True for 255.255.255.255 and the broadcast addresses of the interface's prefixes. */
bool bp_ip_is_broadcast(const struct bp_net *net, u16 interface, const struct bp_ip_addr *addr);

/* True for addresses that no packet on a wire may come from or go to as unicast: loopback, 0/8,
 * 240/4, groups, IPv4-mapped ones need no test since they are IPv4 here. */
bool bp_ip_is_martian(const struct bp_ip_addr *addr);

#endif
