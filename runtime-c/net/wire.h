/*
 * Headers as they lie on the wire: no alignment, big-endian fields (be16, be32), any bytes in them.
 * Constants are the protocols' own.
 */
#ifndef BP_NET_WIRE_H
#define BP_NET_WIRE_H

#include "base/base.h"

#define BP_WIRE __attribute__((packed, may_alias))

/* Network byte order. Converted by the functions below, which are their own inverses. */
typedef u16 be16;
typedef u32 be32;

BP_INLINE u16 bp_be16(u16 value)
{
    return __builtin_bswap16(value);
}

BP_INLINE u32 bp_be32(u32 value)
{
    return __builtin_bswap32(value);
}

enum bp_ether_type {
    BP_ETHER_IPV4 = 0x0800,
    BP_ETHER_ARP = 0x0806,
    BP_ETHER_VLAN = 0x8100,
    BP_ETHER_IPV6 = 0x86dd,
};

struct bp_ether_header {
    u8 destination[6];
    u8 source[6];
    be16 type;
} BP_WIRE;

/* 802.1Q, between the addresses and the type that it carries itself. */
struct bp_vlan_tag {
    be16 control; /* priority:3, drop eligible:1, VLAN id:12 */
    be16 type;
} BP_WIRE;

enum {
    BP_VLAN_ID_MASK = 0xfff,
};

enum bp_ip_protocol_number {
    BP_IP_HOP_OPTIONS = 0,
    BP_IP_ICMP = 1,
    BP_IP_IGMP = 2,
    BP_IP_TCP = 6,
    BP_IP_UDP = 17,
    BP_IP_ROUTING = 43,
    BP_IP_FRAGMENT = 44,
    BP_IP_ICMPV6 = 58,
    BP_IP_NONE = 59,
    BP_IP_DESTINATION_OPTIONS = 60,
};

/* RFC 791. */
struct bp_ipv4_header {
    u8 version_ihl; /* version:4, header length in 32-bit words:4 */
    u8 tos;
    be16 total_length;
    be16 id;
    be16 fragment; /* flags:3, offset in 8-byte units:13 */
    u8 ttl;
    u8 protocol;
    be16 checksum;
    be32 source;
    be32 destination;
} BP_WIRE;

enum {
    BP_IPV4_DF = 0x4000,
    BP_IPV4_MF = 0x2000,
    BP_IPV4_OFFSET_MASK = 0x1fff,
    BP_IPV4_MIN_MTU = 576, /* the least that path-MTU discovery believes in */
};

/* RFC 8200. */
struct bp_ipv6_header {
    be32 version_class_flow; /* version:4, traffic class:8, flow label:20 */
    be16 payload_length;
    u8 next_header;
    u8 hop_limit;
    u8 source[16];
    u8 destination[16];
} BP_WIRE;

/* The beginning common to hop-by-hop, destination and routing headers. */
struct bp_ipv6_extension {
    u8 next_header;
    u8 length; /* in 8-byte units, not counting the first */
} BP_WIRE;

struct bp_ipv6_fragment {
    u8 next_header;
    u8 reserved;
    be16 offset_more; /* offset in 8-byte units:13, reserved:2, more:1 */
    be32 id;
} BP_WIRE;

enum {
    BP_IPV6_MIN_MTU = 1280,
};

/* RFC 768. */
struct bp_udp_header {
    be16 source;
    be16 destination;
    be16 length;
    be16 checksum;
} BP_WIRE;

/* RFC 792, RFC 4443: the meaning of rest depends on the type. */
struct bp_icmp_header {
    u8 type;
    u8 code;
    be16 checksum;
    be32 rest;
} BP_WIRE;

#endif
