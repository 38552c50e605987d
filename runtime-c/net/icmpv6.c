#include "net/icmp_internal.h"

#include "net/checksum.h"
#include "net/ip_route.h"
#include "net/mld.h"
#include "net/nd.h"

#include <errno.h>

/* By code; what Linux makes of each. */
static const struct bp_icmp_meaning unreachable[] = {
    {BP_IP_ERROR_NET_UNREACHABLE, -ENETUNREACH, false},
    {BP_IP_ERROR_PROHIBITED, -EACCES, true},
    {BP_IP_ERROR_HOST_UNREACHABLE, -EHOSTUNREACH, false}, /* beyond the source's scope */
    {BP_IP_ERROR_HOST_UNREACHABLE, -EHOSTUNREACH, false},
    {BP_IP_ERROR_PORT_UNREACHABLE, -ECONNREFUSED, true},
    {BP_IP_ERROR_PROHIBITED, -EACCES, true}, /* the source failed a policy */
    {BP_IP_ERROR_PROHIBITED, -EACCES, true}, /* the route rejects */
};

static void input_unreachable(struct bp_net *net, struct bp_packet *packet,
                              const struct bp_ip_info *info)
{
    u8 code = bp_packet_data(packet)[1];

    if (code >= ARRAY_SIZE(unreachable))
        return bp_net_drop(net, packet, BP_DROP_ICMP_IGNORED);
    bp_icmp_input_error(net, packet, info, &unreachable[code], 0);
}

/* Less than the least is no news that one could act upon (RFC 8201, 4). */
static void input_too_big(struct bp_net *net, struct bp_packet *packet,
                          const struct bp_ip_info *info)
{
    static const struct bp_icmp_meaning meaning = {BP_IP_ERROR_TOO_BIG, -EMSGSIZE, false};
    const struct bp_icmp_header *header = (const void *)bp_packet_data(packet);
    u32 mtu = bp_be32(header->rest);

    if (mtu < BP_IPV6_MIN_MTU)
        return bp_net_drop(net, packet, BP_DROP_ICMP_IGNORED);
    bp_icmp_input_error(net, packet, info, &meaning, mtu);
}

static void input_time_exceeded(struct bp_net *net, struct bp_packet *packet,
                                const struct bp_ip_info *info)
{
    static const struct bp_icmp_meaning meaning = {BP_IP_ERROR_TIME_EXCEEDED, -EHOSTUNREACH, false};

    bp_icmp_input_error(net, packet, info, &meaning, 0);
}

static void input_parameter(struct bp_net *net, struct bp_packet *packet,
                            const struct bp_ip_info *info)
{
    static const struct bp_icmp_meaning meaning = {BP_IP_ERROR_PARAMETER, -EPROTO, true};

    bp_icmp_input_error(net, packet, info, &meaning, 0);
}

static void input_echo(struct bp_net *net, struct bp_packet *packet, const struct bp_ip_info *info)
{
    bp_icmp_reply(net, packet, info, BP_ICMPV6_ECHO_REPLY);
}

static const struct {
    u8 type;
    void (*input)(struct bp_net *net, struct bp_packet *packet, const struct bp_ip_info *info);
} types[] = {
    {BP_ICMPV6_ECHO, input_echo},           {BP_ICMPV6_SOLICIT, bp_nd_input_solicit},
    {BP_ICMPV6_ADVERT, bp_nd_input_advert}, {BP_ICMPV6_UNREACHABLE, input_unreachable},
    {BP_ICMPV6_TOO_BIG, input_too_big},     {BP_ICMPV6_TIME_EXCEEDED, input_time_exceeded},
    {BP_ICMPV6_PARAMETER, input_parameter}, {BP_ICMPV6_MLD_QUERY, bp_mld_input_query},
};

static bool checksum_right(const struct bp_packet *packet, const struct bp_ip_info *info)
{
    u64 sum = bp_sum_pseudo(&info->source, &info->destination, BP_IP_ICMPV6, packet->total);

    return bp_sum_fold(bp_sum_packet(sum, packet)) == 0xffff;
}

/* Only these may come from nowhere, a station that looks for its address, and from outside as from
 * us: one that has ours. */
static bool source_allowed(const struct bp_net *net, const struct bp_packet *packet,
                           const struct bp_ip_info *info)
{
    u8 type = bp_packet_data(packet)[0];

    if (bp_ip_is_any(&info->source))
        return type == BP_ICMPV6_SOLICIT;
    return !packet->l2_len || type == BP_ICMPV6_ADVERT || !bp_ip_is_own(net, &info->source);
}

static void input(struct bp_net *net, struct bp_packet *packet, const struct bp_ip_info *info)
{
    if (!info->v6 || !bp_packet_gather(packet, sizeof(struct bp_icmp_header)) ||
        !checksum_right(packet, info))
        return bp_net_drop(net, packet, BP_DROP_ICMP_MALFORMED);
    if (!source_allowed(net, packet, info))
        return bp_net_drop(net, packet, BP_DROP_IP_SOURCE);
    for (u32 i = 0; i < ARRAY_SIZE(types); i++)
        if (types[i].type == bp_packet_data(packet)[0])
            return types[i].input(net, packet, info);
    bp_net_drop(net, packet, BP_DROP_ICMP_IGNORED);
}

const struct bp_ip_protocol bp_icmpv6_protocol = {.input = input};
