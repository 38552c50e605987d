#include "net/ipv6.h"

#include "net/icmp.h"
#include "net/ip_input.h"
#include "net/ipv6_extension.h"

static bool header_valid(struct bp_packet *packet, enum bp_drop *reason)
{
    const struct bp_ipv6_header *header;
    u32 total;

    *reason = BP_DROP_IP_SHORT;
    if (!bp_packet_gather(packet, sizeof(*header)))
        return false;
    header = (const void *)bp_packet_data(packet);
    /* Without jumbograms (RFC 2675) a payload length of 0 means just that. */
    total = (u32)sizeof(*header) + bp_be16(header->payload_length);
    *reason = BP_DROP_IP_VERSION;
    if (bp_be32(header->version_class_flow) >> 28 != 6)
        return false;
    *reason = BP_DROP_IP_SHORT;
    if (total > packet->total)
        return false;
    bp_packet_trim(packet, total);
    return true;
}

static void fill_info(struct bp_ip_info *info, const struct bp_ipv6_header *header)
{
    *info = (struct bp_ip_info){.source = bp_ip_from_v6(header->source),
                                .destination = bp_ip_from_v6(header->destination),
                                .protocol = header->next_header,
                                .tos = (u8)(bp_be32(header->version_class_flow) >> 20),
                                .ttl = header->hop_limit,
                                .v6 = true};
}

/* IPv4 addresses in IPv6 packets would pass for IPv4 everywhere behind. */
static bool mapped(const struct bp_ip_info *info, enum bp_drop *reason)
{
    *reason = bp_ip_is_v4(&info->source) ? BP_DROP_IP_SOURCE : BP_DROP_IP_DESTINATION;
    return bp_ip_is_v4(&info->source) || bp_ip_is_v4(&info->destination);
}

void bp_ipv6_input(struct bp_net *net, struct bp_packet *packet, const struct bp_arrival *arrival)
{
    struct bp_ip_info info;
    enum bp_drop reason;
    u32 next_at;

    if (!header_valid(packet, &reason))
        return bp_net_drop(net, packet, reason);
    fill_info(&info, (const void *)bp_packet_data(packet));
    if (mapped(&info, &reason) || !bp_ip_accept(net, &info, arrival, true, &reason))
        return bp_net_drop(net, packet, reason);
    packet->l3_len = sizeof(struct bp_ipv6_header);
    bp_packet_pull(packet, packet->l3_len);
    if (!bp_ipv6_pull_extensions(net, &packet, &info, &next_at))
        return;
    if (bp_ip_is_any(&info.source) && info.protocol != BP_IP_ICMPV6)
        return bp_net_drop(net, packet, BP_DROP_IP_SOURCE);
    if (bp_ip_deliver(net, packet, &info))
        return;
    bp_icmp_send_error(net, packet, &info, BP_ICMPV6_PARAMETER, BP_ICMPV6_UNKNOWN_HEADER, next_at);
    bp_net_drop(net, packet, BP_DROP_IP_PROTOCOL);
}

void bp_ipv6_push(struct bp_packet *packet, const struct bp_ip_path *path, u8 next_header, u8 tos,
                  u8 hop_limit)
{
    u32 payload = packet->total;
    struct bp_ipv6_header *header = bp_packet_push(packet, sizeof(*header));

    header->version_class_flow = bp_be32(6u << 28 | (u32)tos << 20);
    header->payload_length = bp_be16((u16)payload);
    header->next_header = next_header;
    header->hop_limit = hop_limit;
    memcpy(header->source, path->source.bytes, 16);
    memcpy(header->destination, path->destination.bytes, 16);
    packet->l3_len = sizeof(*header);
}

struct bp_ip_addr bp_ipv6_solicited_node(const struct bp_ip_addr *addr)
{
    return (struct bp_ip_addr){.bytes = {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff,
                                         addr->bytes[13], addr->bytes[14], addr->bytes[15]}};
}
