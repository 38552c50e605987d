/* The lower half of output: packets with their IP header, to the link. */
#ifndef BP_NET_IP_OUTPUT_H
#define BP_NET_IP_OUTPUT_H

#include "net/ip.h"

/* Random identifications to begin with (RFC 7739). */
void bp_ip_ids_init(struct bp_net *net);

/* The identification of the path's next packet that may be fragmented. */
u32 bp_ip_next_id(struct bp_net *net, const struct bp_ip_path *path);

/* Sends a packet that begins with its IP header: to ourselves, a group, everyone or the next hop.
 * Takes over the packet. Returns as bp_ip_output. */
int bp_ip_send(struct bp_net *net, struct bp_packet *packet, struct bp_ip_path *path);

/* Sends a packet that is too large for mtu in fragments; arguments as of bp_ip_output. */
int bp_ip_fragment(struct bp_net *net, struct bp_packet *packet, struct bp_ip_path *path,
                   u8 protocol, u8 tos, u8 ttl);

#endif
