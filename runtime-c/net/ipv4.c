#include "net/ipv4.h"

#include "net/checksum.h"
#include "net/icmp.h"
#include "net/ip_input.h"
#include "net/reassembly.h"

enum {
    OPTION_END = 0,
    OPTION_NOP = 1,
    OPTION_LOOSE_SOURCE_ROUTE = 131,
    OPTION_STRICT_SOURCE_ROUTE = 137,
    OPTION_ROUTER_ALERT = 148,
    OPTION_ROUTER_ALERT_LENGTH = 4,
};

/* Well formed, and no source route. */
static bool options_allowed(const u8 *options, u32 len, enum bp_drop *reason)
{
    *reason = BP_DROP_IP_OPTIONS;
    for (u32 at = 0; at < len && options[at] != OPTION_END;) {
        if (options[at] == OPTION_NOP) {
            at++;
            continue;
        }
        if (len - at < 2 || options[at + 1] < 2 || options[at + 1] > len - at)
            return false;
        if (options[at] == OPTION_LOOSE_SOURCE_ROUTE || options[at] == OPTION_STRICT_SOURCE_ROUTE) {
            *reason = BP_DROP_IP_SOURCE_ROUTE;
            return false;
        }
        at += options[at + 1];
    }
    return true;
}

static u32 header_length(const struct bp_ipv4_header *header)
{
    return (header->version_ihl & 15) * 4u;
}

/* Checks the header alone, gathers it and cuts the frame's padding off. */
static bool header_valid(struct bp_packet *packet, enum bp_drop *reason)
{
    const struct bp_ipv4_header *header;
    u32 length, total;

    *reason = BP_DROP_IP_SHORT;
    if (!bp_packet_gather(packet, sizeof(*header)))
        return false;
    header = (const void *)bp_packet_data(packet);
    length = header_length(header);
    total = bp_be16(header->total_length);
    *reason = BP_DROP_IP_VERSION;
    if (header->version_ihl >> 4 != 4)
        return false;
    *reason = BP_DROP_IP_HEADER_LENGTH;
    if (length < sizeof(*header))
        return false;
    *reason = BP_DROP_IP_SHORT;
    if (total < length || total > packet->total || !bp_packet_gather(packet, length))
        return false;
    *reason = BP_DROP_IP_CHECKSUM;
    if (bp_packet_ip_is_bad(packet) ||
        (!(packet->flags & BP_PACKET_IP_CHECKED) && bp_checksum(header, length) != 0))
        return false;
    bp_packet_trim(packet, total);
    return length == sizeof(*header) ||
           options_allowed((const u8 *)(header + 1), length - sizeof(*header), reason);
}

static void fill_info(struct bp_ip_info *info, const struct bp_ipv4_header *header)
{
    *info = (struct bp_ip_info){.source = bp_ip_from_v4(header->source),
                                .destination = bp_ip_from_v4(header->destination),
                                .protocol = header->protocol,
                                .tos = header->tos,
                                .ttl = header->ttl};
}

/* Keeps the fragment; or returns the whole datagram, its header saying so. */
static struct bp_packet *reassemble(struct bp_net *net, struct bp_packet *packet,
                                    struct bp_ip_info *info, const struct bp_ipv4_header *header)
{
    u16 field = bp_be16(header->fragment);
    struct bp_fragment_info fragment = {
        .id = header->id, .offset = (field & BP_IPV4_OFFSET_MASK) * 8u, .more = field & BP_IPV4_MF};
    struct bp_ipv4_header *whole;

    packet = bp_reassemble(net, packet, info, &fragment);
    if (!packet)
        return NULL;
    whole = (void *)(bp_packet_data(packet) - packet->l3_len);
    whole->fragment = 0;
    whole->total_length = bp_be16((u16)(packet->total + packet->l3_len));
    whole->checksum = 0;
    whole->checksum = bp_checksum(whole, packet->l3_len);
    return packet;
}

void bp_ipv4_input(struct bp_net *net, struct bp_packet *packet, const struct bp_arrival *arrival)
{
    const struct bp_ipv4_header *header;
    struct bp_ip_info info;
    enum bp_drop reason;

    if (!header_valid(packet, &reason))
        return bp_net_drop(net, packet, reason);
    header = (const void *)bp_packet_data(packet);
    fill_info(&info, header);
    if (!bp_ip_accept(net, &info, arrival, false, &reason))
        return bp_net_drop(net, packet, reason);
    packet->l3_len = (u16)header_length(header);
    bp_packet_pull(packet, packet->l3_len);
    if (unlikely(header->fragment & bp_be16(BP_IPV4_MF | BP_IPV4_OFFSET_MASK))) {
        packet = reassemble(net, packet, &info, header);
        if (!packet)
            return;
    }
    if (bp_ip_deliver(net, packet, &info))
        return;
    bp_icmp_send_error(net, packet, &info, BP_ICMP_UNREACHABLE, BP_ICMP_PROTOCOL_UNREACHABLE, 0);
    bp_net_drop(net, packet, BP_DROP_IP_PROTOCOL);
}

BP_INLINE u64 words_sum(const u64 words[3])
{
    return bp_sum_add(bp_sum_add(words[0], words[1]), words[2]);
}

/* The header is made and summed in registers: what was just stored in small parts is slow to load
 * again as a whole. */
void bp_ipv4_push(struct bp_net *net, struct bp_packet *packet, const struct bp_ip_path *path,
                  u8 protocol, u8 tos, u8 ttl, u16 id, u16 fragment)
{
    u32 length = bp_ipv4_header_bytes(path);
    struct bp_ipv4_header *header = bp_packet_push(packet, length);
    be32 source = bp_ip_v4(&path->source), destination = bp_ip_v4(&path->destination);
    u64 words[3] = {
        0x40 | length / 4 | (u64)tos << 8 | (u64)bp_be16((u16)packet->total) << 16 |
            (u64)bp_be16(id) << 32 | (u64)bp_be16(fragment) << 48,
        ttl | (u64)protocol << 8 | (u64)source << 32,
        destination,
    };

    if (unlikely(path->flags & BP_PATH_ROUTER_ALERT)) {
        words[2] |= (u64)(OPTION_ROUTER_ALERT | OPTION_ROUTER_ALERT_LENGTH << 8) << 32;
        memcpy(header + 1, (u8 *)&words[2] + 4, 4);
    }
    packet->l3_len = (u16)length;
    if (bp_device_has(net->interfaces[path->interface].device, BP_DEVICE_TX_IP_CHECKSUM))
        packet->flags |= BP_PACKET_FILL_IP;
    else
        words[1] |= (u64)(be16)~bp_sum_fold(words_sum(words)) << 16;
    memcpy(header, &words[0], 8);
    memcpy((u8 *)header + 8, &words[1], 8);
    memcpy(&header->destination, &words[2], 4);
}
