#include "net/icmp_internal.h"

#include "net/checksum.h"
#include "net/ip_error.h"
#include "net/ipv6.h"

enum {
    /* Linux's icmp_msgs_per_sec and icmp_msgs_burst. */
    ERRORS_PER_SECOND = 1000,
    ERRORS_BURST = 50,
    QUOTE_MAX_V4 = 576 - 20, /* bytes of an error message, RFC 1812 4.3.2.3 */
    QUOTE_MAX_V6 = BP_IPV6_MIN_MTU - 40,
    TOS_INTERNET_CONTROL = 0xc0,
};

void bp_icmp_init(struct bp_net *net)
{
    net->icmp = (struct bp_icmp){.tokens = ERRORS_BURST, .refilled = net->now};
    bp_ip_register(net, BP_IP_ICMP, &bp_icmpv4_protocol);
    if (BP_NET_HAS_IPV6)
        bp_ip_register(net, BP_IP_ICMPV6, &bp_icmpv6_protocol);
}

/* The price is random, so that nobody can tell from the rate what was sent to others. */
static bool take_tokens(struct bp_net *net)
{
    const u64 token_time = 1000000000 / ERRORS_PER_SECOND;
    u64 fresh = (net->now - net->icmp.refilled) / token_time;
    u32 price = 1 + (bp_net_random(net) & 1);

    net->icmp.refilled += fresh * token_time;
    net->icmp.tokens = (u32)BP_MIN(net->icmp.tokens + fresh, (u64)ERRORS_BURST);
    if (net->icmp.tokens < price)
        return false;
    net->icmp.tokens -= price;
    return true;
}

/* Errors and redirects, and what cannot be read. */
static bool is_error(const struct bp_packet *packet, const struct bp_ip_info *info)
{
    u8 protocol = info->protocol;
    int at = info->v6 ? bp_ipv6_skip_extensions(bp_packet_data(packet), packet->len, &protocol) : 0;
    u8 type;

    if (at < 0 || protocol != (info->v6 ? BP_IP_ICMPV6 : BP_IP_ICMP))
        return false;
    if ((u32)at >= packet->len)
        return true;
    type = bp_packet_data(packet)[at];
    return info->v6 ? type < BP_ICMPV6_ECHO || type == BP_ICMPV6_REDIRECT
                    : type != BP_ICMP_ECHO && type != BP_ICMP_ECHO_REPLY;
}

/* RFC 1122 3.2.2, RFC 4443 2.4 (e). */
static bool may_send(struct bp_net *net, const struct bp_packet *packet,
                     const struct bp_ip_info *info, u8 type, u8 code)
{
    bool unknown_option =
        info->v6 && type == BP_ICMPV6_PARAMETER && code == BP_ICMPV6_UNKNOWN_OPTION;

    if (info->broadcast || (info->multicast && !unknown_option))
        return false;
    if (bp_ip_is_any(&info->source) || is_error(packet, info))
        return false;
    if (take_tokens(net))
        return true;
    bp_net_count_drop(net, BP_DROP_ICMP_LIMIT);
    return false;
}

be16 bp_icmpv6_checksum(const struct bp_packet *packet, const struct bp_ip_path *path)
{
    u64 pseudo = bp_sum_pseudo(&path->source, &path->destination, BP_IP_ICMPV6, packet->total);

    return (be16)~bp_sum_fold(bp_sum_packet(pseudo, packet));
}

/* The message: header, and as much of the packet with its headers as fits. */
static struct bp_packet *make_error(struct bp_net *net, const struct bp_packet *about,
                                    const struct bp_ip_info *info, u8 type, u8 code, u32 rest)
{
    u32 max = (info->v6 ? QUOTE_MAX_V6 : QUOTE_MAX_V4) - (u32)sizeof(struct bp_icmp_header);
    struct bp_packet *packet = bp_net_alloc(net);
    struct bp_icmp_header *header;
    u32 headers, payload;

    if (!packet)
        return NULL;
    header = bp_packet_append(packet, sizeof(*header));
    *header = (struct bp_icmp_header){.type = type, .code = code, .rest = bp_be32(rest)};
    max = BP_MIN(max, bp_packet_tailroom(packet));
    headers = BP_MIN((u32)about->l3_len, max);
    payload = BP_MIN(about->total, max - headers);
    memcpy(bp_packet_append(packet, headers), bp_packet_data(about) - about->l3_len, headers);
    bp_packet_read(about, 0, bp_packet_append(packet, payload), payload);
    return packet;
}

void bp_icmp_send_error(struct bp_net *net, const struct bp_packet *about,
                        const struct bp_ip_info *info, u8 type, u8 code, u32 rest)
{
    u8 protocol = info->v6 ? BP_IP_ICMPV6 : BP_IP_ICMP;
    struct bp_icmp_header *header;
    struct bp_ip_path path;
    struct bp_packet *packet;

    if (!may_send(net, about, info, type, code) ||
        bp_ip_path_init(
            net, &path, info->multicast ? NULL : &info->destination, &info->source,
            bp_ip_is_link_local(&info->source) ? info->interface : BP_NET_ANY_INTERFACE) != 0)
        return;
    packet = make_error(net, about, info, type, code, rest);
    if (!packet)
        return;
    header = (void *)bp_packet_data(packet);
    header->checksum = info->v6 ? bp_icmpv6_checksum(packet, &path)
                                : bp_checksum(bp_packet_data(packet), packet->len);
    bp_ip_output(net, packet, &path, protocol, TOS_INTERNET_CONTROL, 0);
}

void bp_ip_port_unreachable(struct bp_net *net, struct bp_packet *packet,
                            const struct bp_ip_info *info)
{
    if (info->v6)
        bp_icmp_send_error(net, packet, info, BP_ICMPV6_UNREACHABLE, BP_ICMPV6_PORT_UNREACHABLE, 0);
    else
        bp_icmp_send_error(net, packet, info, BP_ICMP_UNREACHABLE, BP_ICMP_PORT_UNREACHABLE, 0);
    bp_net_free(net, packet);
}

void bp_icmp_input_error(struct bp_net *net, struct bp_packet *packet,
                         const struct bp_ip_info *info, const struct bp_icmp_meaning *meaning,
                         u32 mtu)
{
    const struct bp_icmp_header *header = (const void *)bp_packet_data(packet);
    struct bp_ip_error error = {.kind = meaning->kind,
                                .error = meaning->error,
                                .hard = meaning->hard,
                                .mtu = mtu,
                                .type = header->type,
                                .code = header->code,
                                .interface = info->interface,
                                .offender = info->source};

    /* What lies in the first piece is enough: buffers are larger than quotes must be. */
    if (info->multicast || info->broadcast ||
        !bp_ip_quote(net, &error, bp_packet_data(packet) + sizeof(*header),
                     packet->len - sizeof(*header)) ||
        error.v6 != info->v6)
        return bp_net_drop(net, packet, BP_DROP_ICMP_IGNORED);
    bp_ip_report(net, &error);
    bp_net_free(net, packet);
}

void bp_icmp_reply(struct bp_net *net, struct bp_packet *packet, const struct bp_ip_info *info,
                   u8 reply_type)
{
    struct bp_icmp_header *header = (void *)bp_packet_data(packet);
    struct bp_ip_path path;

    if (bp_ip_path_init(
            net, &path, info->multicast ? NULL : &info->destination, &info->source,
            bp_ip_is_link_local(&info->source) ? info->interface : BP_NET_ANY_INTERFACE) != 0)
        return bp_net_drop(net, packet, BP_DROP_NO_ROUTE);
    header->type = reply_type;
    header->checksum = 0;
    header->checksum =
        info->v6 ? bp_icmpv6_checksum(packet, &path) : (be16)~bp_sum_fold(bp_sum_packet(0, packet));
    bp_packet_set_flags(packet, 0);
    path.flags |= BP_PATH_FRAGMENT;
    bp_ip_output(net, packet, &path, info->v6 ? BP_IP_ICMPV6 : BP_IP_ICMP, info->tos, 0);
}
