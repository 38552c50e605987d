/*
 * ICMP (RFC 792, RFC 1122 3.2.2) and ICMPv6 (RFC 4443). Echo requests are answered; errors of
 * others go to the protocol whose packet they quote; our own are sent at a bounded rate, and never
 * about an error, a group, a broadcast, or a fragment other than the first. Redirects and router
 * advertisements are ignored: routes are static.
 */
#ifndef BP_NET_ICMP_H
#define BP_NET_ICMP_H

#include "base/base.h"

struct bp_net;
struct bp_packet;
struct bp_ip_info;

enum bp_icmp_type {
    BP_ICMP_ECHO_REPLY = 0,
    BP_ICMP_UNREACHABLE = 3,
    BP_ICMP_ECHO = 8,
    BP_ICMP_TIME_EXCEEDED = 11,
    BP_ICMP_PARAMETER = 12,
};

enum bp_icmp_unreachable_code {
    BP_ICMP_HOST_UNREACHABLE = 1,
    BP_ICMP_PROTOCOL_UNREACHABLE = 2,
    BP_ICMP_PORT_UNREACHABLE = 3,
    BP_ICMP_FRAGMENTATION_NEEDED = 4,
};

enum bp_icmpv6_type {
    BP_ICMPV6_UNREACHABLE = 1,
    BP_ICMPV6_TOO_BIG = 2,
    BP_ICMPV6_TIME_EXCEEDED = 3,
    BP_ICMPV6_PARAMETER = 4,
    BP_ICMPV6_ECHO = 128,
    BP_ICMPV6_ECHO_REPLY = 129,
    BP_ICMPV6_MLD_QUERY = 130,
    BP_ICMPV6_MLD_REPORT = 131,
    BP_ICMPV6_MLD_DONE = 132,
    BP_ICMPV6_SOLICIT = 135,
    BP_ICMPV6_ADVERT = 136,
    BP_ICMPV6_REDIRECT = 137,
    BP_ICMPV6_MLD2_REPORT = 143,
};

enum bp_icmpv6_code {
    BP_ICMPV6_ERRONEOUS_FIELD = 0, /* of PARAMETER */
    BP_ICMPV6_UNKNOWN_HEADER = 1,
    BP_ICMPV6_UNKNOWN_OPTION = 2,
    BP_ICMPV6_ADDRESS_UNREACHABLE = 3, /* of UNREACHABLE */
    BP_ICMPV6_PORT_UNREACHABLE = 4,
};

enum {
    BP_ICMP_REASSEMBLY_TIME = 1, /* the code of TIME_EXCEEDED, of both versions */
};

/* A bucket of tokens, one or two for each error that we send. */
struct bp_icmp {
    u32 tokens;
    u64 refilled; /* when it was last filled up to the present */
};

void bp_icmp_init(struct bp_net *net);

/*
 * Sends an error about a packet, data behind l3_len bytes of its IP headers; the packet stays the
 * caller's. Type and code are those of info's version; rest is the header's second word (pointer,
 * MTU). Not sent, and counted, where the RFCs or the rate forbid it.
 */
void bp_icmp_send_error(struct bp_net *net, const struct bp_packet *packet,
                        const struct bp_ip_info *info, u8 type, u8 code, u32 rest);

#endif
