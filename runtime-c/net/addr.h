/*
 * Addresses of IPv4 and IPv6 in one 16-byte form: an IPv4 address is the IPv6 address
 * ::ffff:a.b.c.d (RFC 4291, 2.5.5.2), so that tables and comparisons need no family. 0.0.0.0 and ::
 * differ.
 */
#ifndef BP_NET_ADDR_H
#define BP_NET_ADDR_H

#include "bp_config.h"
#include "net/wire.h"

struct bp_ip_addr {
    union {
        u8 bytes[16];
        be32 words[4];
        u64 halves[2];
    };
};

/* An address and how many of its leading bits count, 0 to 32 or 128, counted in its own family. */
struct bp_ip_prefix {
    struct bp_ip_addr addr;
    u8 length;
};

#define BP_IP_ANY6 ((struct bp_ip_addr){.halves = {0, 0}})
#define BP_IP_ANY4 bp_ip_from_v4(0)

BP_INLINE struct bp_ip_addr bp_ip_from_v4(be32 v4)
{
    return (struct bp_ip_addr){.halves = {0, bp_be32(0xffff) | (u64)v4 << 32}};
}

BP_INLINE struct bp_ip_addr bp_ip_from_v6(const u8 v6[16])
{
    struct bp_ip_addr addr;

    __builtin_memcpy(addr.bytes, v6, 16);
    return addr;
}

/* The IPv4 address in it; only of one for which bp_ip_is_v4 says yes. */
BP_INLINE be32 bp_ip_v4(const struct bp_ip_addr *addr)
{
    return addr->words[3];
}

BP_INLINE bool bp_ip_is_v4(const struct bp_ip_addr *addr)
{
    return addr->halves[0] == 0 && addr->words[2] == bp_be32(0xffff);
}

/* The same of an address that a packet has or is to have: without IPv6 there is nothing to ask. */
BP_INLINE bool bp_ip_speaks_v4(const struct bp_ip_addr *addr)
{
    return !BP_NET_HAS_IPV6 || bp_ip_is_v4(addr);
}

BP_INLINE bool bp_ip_equal(const struct bp_ip_addr *a, const struct bp_ip_addr *b)
{
    return ((a->halves[0] ^ b->halves[0]) | (a->halves[1] ^ b->halves[1])) == 0;
}

/* 0.0.0.0 or ::. */
BP_INLINE bool bp_ip_is_any(const struct bp_ip_addr *addr)
{
    return addr->words[3] == 0 && (!(addr->halves[0] | addr->words[2]) || bp_ip_is_v4(addr));
}

/* 224.0.0.0/4 or ff00::/8. */
BP_INLINE bool bp_ip_is_multicast(const struct bp_ip_addr *addr)
{
    return addr->bytes[0] == 0xff || (bp_ip_is_v4(addr) && addr->bytes[12] >> 4 == 0xe);
}

/* 255.255.255.255. A subnet's own broadcast address is a matter of the interface. */
BP_INLINE bool bp_ip_is_limited_broadcast(const struct bp_ip_addr *addr)
{
    return addr->words[3] == 0xffffffff && bp_ip_is_v4(addr);
}

/* 127.0.0.0/8 or ::1. */
BP_INLINE bool bp_ip_is_loopback(const struct bp_ip_addr *addr)
{
    if (bp_ip_is_v4(addr))
        return addr->bytes[12] == 127;
    return addr->halves[0] == 0 && addr->words[2] == 0 && addr->words[3] == bp_be32(1);
}

/* 169.254.0.0/16 or fe80::/10. */
BP_INLINE bool bp_ip_is_link_local(const struct bp_ip_addr *addr)
{
    if (bp_ip_is_v4(addr))
        return addr->bytes[12] == 169 && addr->bytes[13] == 254;
    return addr->bytes[0] == 0xfe && (addr->bytes[1] & 0xc0) == 0x80;
}

/* One round of a keyed mixing: cheap, and not to be steered by who does not know the seed. */
BP_INLINE u64 bp_hash_mix(u64 hash, u64 value)
{
    unsigned __int128 product = (unsigned __int128)(hash ^ value) * 0x9e3779b97f4a7c15ULL;

    return (u64)product ^ (u64)(product >> 64);
}

/* The seed is secret and random (struct bp_net has one). */
BP_INLINE u32 bp_ip_hash(const struct bp_ip_addr *addr, u64 seed)
{
    u64 hash = bp_hash_mix(bp_hash_mix(seed, addr->halves[0]), addr->halves[1]);

    return (u32)(hash ^ hash >> 32);
}

/* True when the first length bits are the same; length counts in addr's own family. */
BP_INLINE bool bp_ip_in_prefix(const struct bp_ip_addr *addr, const struct bp_ip_prefix *prefix)
{
    bool v4 = bp_ip_is_v4(&prefix->addr);
    u32 bits = prefix->length + (v4 ? 96u : 0u), bytes = bits / 8;
    u8 mask = (u8)(0xff00 >> bits % 8);

    if (bp_ip_is_v4(addr) != v4 || memcmp(addr->bytes, prefix->addr.bytes, bytes) != 0)
        return false;
    return bits % 8 == 0 || !((addr->bytes[bytes] ^ prefix->addr.bytes[bytes]) & mask);
}

#endif
