#include "net/checksum.h"

u64 bp_sum_pieces(u64 sum, const struct bp_packet *packet)
{
    bool odd = false;

    for (; packet; packet = packet->next) {
        u64 part = bp_sum_fold(bp_sum_bytes(0, bp_packet_data(packet), packet->len));

        /* Behind an odd number of bytes, each byte is the other half of its word. */
        sum = bp_sum_add(sum, odd ? __builtin_bswap16((u16)part) : part);
        odd ^= packet->len & 1;
    }
    return sum;
}
