/* What the two versions of ICMP share. */
#ifndef BP_NET_ICMP_INTERNAL_H
#define BP_NET_ICMP_INTERNAL_H

#include "net/icmp.h"
#include "net/ip.h"

/* What a type and code mean to the sender of the packet in question. */
struct bp_icmp_meaning {
    enum bp_ip_error_kind kind;
    int error; /* as Linux reports it */
    bool hard;
};

/* Passes an error message, data at its ICMP header, to the protocol that it quotes. Takes over the
 * packet. mtu: for TOO_BIG; 0: the message does not say. */
void bp_icmp_input_error(struct bp_net *net, struct bp_packet *packet,
                         const struct bp_ip_info *info, const struct bp_icmp_meaning *meaning,
                         u32 mtu);

/* Turns an echo request, data at its ICMP header, into the reply. Takes over the packet. */
void bp_icmp_reply(struct bp_net *net, struct bp_packet *packet, const struct bp_ip_info *info,
                   u8 reply_type);

/* The checksum of an ICMPv6 message that will go along path, its field being zero. */
be16 bp_icmpv6_checksum(const struct bp_packet *packet, const struct bp_ip_path *path);

extern const struct bp_ip_protocol bp_icmpv4_protocol, bp_icmpv6_protocol;

#endif
