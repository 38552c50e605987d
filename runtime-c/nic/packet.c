#include "nic/packet.h"

static void take_from_next(struct bp_packet *first, u32 bytes)
{
    for (struct bp_packet *piece = first->next; bytes; piece = piece->next) {
        u32 part = BP_MIN(bytes, (u32)piece->len);

        memcpy(bp_packet_data(first) + first->len, bp_packet_data(piece), part);
        first->len = (u16)(first->len + part);
        piece->offset = (u16)(piece->offset + part);
        piece->len = (u16)(piece->len - part);
        bytes -= part;
    }
}

bool bp_packet_gather_pieces(struct bp_packet *packet, u32 bytes)
{
    if (packet->total < bytes || bp_packet_tailroom(packet) < bytes - packet->len)
        return false;
    take_from_next(packet, bytes - packet->len);
    return true;
}

void bp_packet_trim_pieces(struct bp_packet *packet, u32 total)
{
    BP_BUG_ON(packet->total < total);
    packet->total = total;
    for (; packet; packet = packet->next) {
        packet->len = (u16)BP_MIN((u32)packet->len, total);
        total -= packet->len;
    }
}

void bp_packet_read(const struct bp_packet *packet, u32 offset, void *to, u32 len)
{
    u8 *out = to;

    for (; len; packet = packet->next) {
        BP_BUG_ON(!packet);
        if (offset >= packet->len) {
            offset -= packet->len;
            continue;
        }
        u32 part = BP_MIN(len, packet->len - offset);
        memcpy(out, bp_packet_data(packet) + offset, part);
        out += part;
        len -= part;
        offset = 0;
    }
}
