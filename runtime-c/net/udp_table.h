/* The tables of UDP endpoints: finding who gets a datagram. */
#ifndef BP_NET_UDP_TABLE_H
#define BP_NET_UDP_TABLE_H

#include "net/udp.h"

/* A datagram's addresses as they are here: local is ours. */
struct bp_udp_flow {
    struct bp_ip_addr local, remote;
    u16 local_port, remote_port;
    u16 interface;
};

/* The one endpoint for a flow, or NULL: connected to it first, else the most specific one bound, of
 * a REUSEPORT group by hash of the remote side. */
struct bp_udp_endpoint *bp_udp_find(struct bp_net *net, const struct bp_udp_flow *flow);

/* True when the endpoint would take the flow: for datagrams to many. */
bool bp_udp_takes(const struct bp_udp_endpoint *endpoint, const struct bp_udp_flow *flow);

/* Those that may have the port; others among them. */
struct bp_list *bp_udp_port_bucket(struct bp_net *net, u16 port);

#endif
