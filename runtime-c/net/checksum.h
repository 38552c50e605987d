/*
 * The Internet checksum (RFC 1071). A sum is a u64 of native-endian words, not yet folded: sums of
 * blocks may be added by bp_sum_add in any order, as long as each block but the last has an even
 * length. Folding and storing natively gives the right bytes on either endianness.
 */
#ifndef BP_NET_CHECKSUM_H
#define BP_NET_CHECKSUM_H

#include "net/addr.h"
#include "nic/packet.h"

/* One's complement addition. */
BP_INLINE u64 bp_sum_add(u64 a, u64 b)
{
    u64 sum;

    return __builtin_add_overflow(a, b, &sum) ? sum + 1 : sum;
}

/* Up to 7 bytes as the low bytes of a word. */
BP_INLINE u64 bp_sum_tail(const u8 *p, u32 len)
{
    u64 word = 0;
    u32 four = 0;
    u16 two = 0;

    if (len & 1)
        word = p[len - 1];
    if (len & 2) {
        __builtin_memcpy(&two, p + (len & 4), 2);
        word = word << 16 | two;
    }
    if (len & 4) {
        __builtin_memcpy(&four, p, 4);
        word = word << 32 | four;
    }
    return word;
}

/* The sum of bytes, added to sum. Two lanes, and carries counted apart: nothing waits for anything.
 */
BP_INLINE u64 bp_sum_bytes(u64 sum, const void *bytes, u32 len)
{
    const u8 *p = bytes;
    u64 even, odd, other = 0, carries = 0;

    for (; len >= 16; len -= 16, p += 16) {
        __builtin_memcpy(&even, p, 8);
        __builtin_memcpy(&odd, p + 8, 8);
        sum += even;
        carries += sum < even;
        other += odd;
        carries += other < odd;
    }
    if (len >= 8) {
        __builtin_memcpy(&even, p, 8);
        sum += even;
        carries += sum < even;
        len -= 8;
        p += 8;
    }
    sum = bp_sum_add(sum, bp_sum_add(other, carries));
    return bp_sum_add(sum, bp_sum_tail(p, len));
}

BP_INLINE u16 bp_sum_fold(u64 sum)
{
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (u16)sum;
}

/* What goes into a checksum field (that was zero while summing); over a block that has its checksum
 * in it: 0 when it is right. */
BP_INLINE be16 bp_checksum(const void *bytes, u32 len)
{
    return (be16)~bp_sum_fold(bp_sum_bytes(0, bytes, len));
}

/* RFC 1624, equation 3: the checksum after a 16-bit word that it covers has changed. */
BP_INLINE be16 bp_checksum_update(be16 checksum, be16 from, be16 to)
{
    return (be16)~bp_sum_fold((u64)(u16)~checksum + (u16)~from + to);
}

/* The same for 32 bits. */
BP_INLINE be16 bp_checksum_update32(be16 checksum, be32 from, be32 to)
{
    return (be16)~bp_sum_fold((u64)(u16)~checksum + (u32)~from + to);
}

/* The pseudo-header of RFC 793 or RFC 8200, as the addresses' family asks for; len in bytes. */
BP_INLINE u64 bp_sum_pseudo(const struct bp_ip_addr *source, const struct bp_ip_addr *destination,
                            u8 protocol, u32 len)
{
    u64 sum = (u64)bp_be32(len) + bp_be32(protocol);

    if (bp_ip_speaks_v4(source))
        return sum + bp_ip_v4(source) + bp_ip_v4(destination);
    sum = bp_sum_add(sum, source->halves[0]);
    sum = bp_sum_add(sum, source->halves[1]);
    sum = bp_sum_add(sum, destination->halves[0]);
    return bp_sum_add(sum, destination->halves[1]);
}

/* All bytes of all pieces, of any length each. */
u64 bp_sum_pieces(u64 sum, const struct bp_packet *packet);

BP_INLINE u64 bp_sum_packet(u64 sum, const struct bp_packet *packet)
{
    return likely(!packet->next) ? bp_sum_bytes(sum, bp_packet_data(packet), packet->len)
                                 : bp_sum_pieces(sum, packet);
}

#endif
