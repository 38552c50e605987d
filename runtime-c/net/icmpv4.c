#include "net/icmp_internal.h"

#include "net/checksum.h"

#include <errno.h>

/* By code; what Linux makes of each. */
static const struct bp_icmp_meaning unreachable[] = {
    {BP_IP_ERROR_NET_UNREACHABLE, -ENETUNREACH, false},
    {BP_IP_ERROR_HOST_UNREACHABLE, -EHOSTUNREACH, false},
    {BP_IP_ERROR_PROTOCOL_UNREACHABLE, -ENOPROTOOPT, true},
    {BP_IP_ERROR_PORT_UNREACHABLE, -ECONNREFUSED, true},
    {BP_IP_ERROR_TOO_BIG, -EMSGSIZE, false},
    {BP_IP_ERROR_NET_UNREACHABLE, -EOPNOTSUPP, false},  /* source route failed */
    {BP_IP_ERROR_NET_UNREACHABLE, -ENETUNREACH, true},  /* network unknown */
    {BP_IP_ERROR_HOST_UNREACHABLE, -EHOSTDOWN, true},   /* host unknown */
    {BP_IP_ERROR_HOST_UNREACHABLE, -ENONET, true},      /* source host isolated */
    {BP_IP_ERROR_PROHIBITED, -ENETUNREACH, true},       /* network prohibited */
    {BP_IP_ERROR_PROHIBITED, -EHOSTUNREACH, true},      /* host prohibited */
    {BP_IP_ERROR_NET_UNREACHABLE, -ENETUNREACH, false}, /* for this type of service */
    {BP_IP_ERROR_HOST_UNREACHABLE, -EHOSTUNREACH, false},
    {BP_IP_ERROR_PROHIBITED, -EHOSTUNREACH, true}, /* filtered */
    {BP_IP_ERROR_PROHIBITED, -EHOSTUNREACH, true}, /* precedence violation */
    {BP_IP_ERROR_PROHIBITED, -EHOSTUNREACH, true}, /* precedence cutoff */
};

/* Sizes that links have, largest first (RFC 1191, 7.1): for routers that do not say theirs. */
static const u16 plateaus[] = {32000, 17914, 8166, 4352, 2002, 1492, 1006, BP_IPV4_MIN_MTU};

static u32 plateau_below(u32 length)
{
    for (u32 i = 0; i < ARRAY_SIZE(plateaus); i++)
        if (plateaus[i] < length)
            return plateaus[i];
    return BP_IPV4_MIN_MTU;
}

/* What a "fragmentation needed" says, or lets us guess from the packet that was too big. */
static u32 next_hop_mtu(const struct bp_packet *packet)
{
    const struct bp_icmp_header *header = (const void *)bp_packet_data(packet);
    const struct bp_ipv4_header *quoted = (const void *)(header + 1);
    u32 mtu = bp_be32(header->rest) & 0xffff;

    if (mtu || packet->len < sizeof(*header) + sizeof(*quoted))
        return mtu;
    return plateau_below(bp_be16(quoted->total_length));
}

static void input_unreachable(struct bp_net *net, struct bp_packet *packet,
                              const struct bp_ip_info *info)
{
    const struct bp_icmp_header *header = (const void *)bp_packet_data(packet);
    u32 mtu = 0;

    if (header->code >= ARRAY_SIZE(unreachable))
        return bp_net_drop(net, packet, BP_DROP_ICMP_IGNORED);
    if (header->code == BP_ICMP_FRAGMENTATION_NEEDED)
        mtu = next_hop_mtu(packet);
    bp_icmp_input_error(net, packet, info, &unreachable[header->code], mtu);
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

/* Not to everyone's: that is how one packet becomes a thousand (RFC 1122, 3.2.2.6). */
static void input_echo(struct bp_net *net, struct bp_packet *packet, const struct bp_ip_info *info)
{
    if (info->multicast || info->broadcast)
        return bp_net_drop(net, packet, BP_DROP_ICMP_IGNORED);
    bp_icmp_reply(net, packet, info, BP_ICMP_ECHO_REPLY);
}

static const struct {
    u8 type;
    void (*input)(struct bp_net *net, struct bp_packet *packet, const struct bp_ip_info *info);
} types[] = {
    {BP_ICMP_ECHO, input_echo},
    {BP_ICMP_UNREACHABLE, input_unreachable},
    {BP_ICMP_TIME_EXCEEDED, input_time_exceeded},
    {BP_ICMP_PARAMETER, input_parameter},
};

static void input(struct bp_net *net, struct bp_packet *packet, const struct bp_ip_info *info)
{
    if (info->v6 || !bp_packet_gather(packet, sizeof(struct bp_icmp_header)) ||
        bp_sum_fold(bp_sum_packet(0, packet)) != 0xffff)
        return bp_net_drop(net, packet, BP_DROP_ICMP_MALFORMED);
    for (u32 i = 0; i < ARRAY_SIZE(types); i++)
        if (types[i].type == bp_packet_data(packet)[0])
            return types[i].input(net, packet, info);
    bp_net_drop(net, packet, BP_DROP_ICMP_IGNORED);
}

const struct bp_ip_protocol bp_icmpv4_protocol = {.input = input};
