/* Bad news about packets of ours, on their way to the protocol that sent them. */
#ifndef BP_NET_IP_ERROR_H
#define BP_NET_IP_ERROR_H

#include "net/ip.h"

/* Reads the beginning of a packet that we are said to have sent: fills v6, protocol, source,
 * destination and transport. False: malformed, cut too short, not a first fragment, or not ours. */
bool bp_ip_quote(struct bp_net *net, struct bp_ip_error *error, const u8 *bytes, u32 len);

/* To the protocol's handler, if it has one. */
void bp_ip_report(struct bp_net *net, const struct bp_ip_error *error);

/* Our own finding about a packet, data at its IP header, whose next hop does not answer. */
void bp_ip_report_unreachable(struct bp_net *net, const struct bp_packet *packet, u16 interface);

#endif
