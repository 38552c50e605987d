/* MLD versions 1 and 2 (RFC 2710, RFC 3810), as a listener. */
#ifndef BP_NET_MLD_H
#define BP_NET_MLD_H

#include "net/ip.h"

/* Takes over the packet, data at its ICMP header, checksum right. */
void bp_mld_input_query(struct bp_net *net, struct bp_packet *packet,
                        const struct bp_ip_info *info);

#endif
