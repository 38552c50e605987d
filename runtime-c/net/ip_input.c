#include "net/ip_input.h"

#include "net/ip_route.h"

void bp_ip_register(struct bp_net *net, u8 protocol, const struct bp_ip_protocol *handlers)
{
    net->protocols[protocol] = handlers;
}

/* ---- addresses of packets: without IPv6 a few comparisons of 32 bits ---- */

static bool is_group(const struct bp_ip_addr *addr)
{
    return BP_NET_HAS_IPV6 ? bp_ip_is_multicast(addr) : addr->bytes[12] >> 4 == 0xe;
}

/* As bp_ip_is_martian: groups, loopback, 0/8, 240/4. */
static bool is_martian(const struct bp_ip_addr *addr)
{
    u8 first = addr->bytes[12];

    if (BP_NET_HAS_IPV6)
        return bp_ip_is_martian(addr);
    return first == 0 || first == 127 || first >= 224;
}

static bool is_own(const struct bp_net *net, const struct bp_ip_addr *addr)
{
    if (BP_NET_HAS_IPV6 || BP_NET_ADDRESSES_MAX != 1)
        return bp_ip_is_own(net, addr);
    return net->address_count && bp_ip_v4(&net->addresses[0].prefix.addr) == bp_ip_v4(addr);
}

/* Who has our address answers our question for it from there (RFC 4861, 7.2.4); what it is, ICMPv6
 * looks at. */
static bool may_claim_ours(const struct bp_ip_info *info)
{
    return BP_NET_HAS_IPV6 && info->v6 && info->multicast && info->protocol == BP_IP_ICMPV6;
}

/* Nobody else may speak for us, and groups do not speak. */
static bool source_allowed(const struct bp_net *net, const struct bp_ip_info *info,
                           const struct bp_arrival *arrival, bool unspecified)
{
    if (arrival->loopback)
        return true;
    if (BP_NET_HAS_IPV6 && bp_ip_is_any(&info->source))
        return info->v6 && unspecified;
    return !is_martian(&info->source) && (!is_own(net, &info->source) || may_claim_ours(info)) &&
           !bp_ip_is_broadcast(net, info->interface, &info->source);
}

bool bp_ip_accept(struct bp_net *net, struct bp_ip_info *info, const struct bp_arrival *arrival,
                  bool unspecified_source, enum bp_drop *reason)
{
    info->interface = arrival->interface->index;
    info->multicast = is_group(&info->destination);
    info->broadcast = bp_ip_is_broadcast(net, info->interface, &info->destination);
    *reason = BP_DROP_IP_SOURCE;
    if (!source_allowed(net, info, arrival, unspecified_source))
        return false;
    *reason = BP_DROP_IP_DESTINATION;
    if (info->broadcast)
        return true;
    if (info->multicast)
        return bp_group_is_member(net, info->interface, &info->destination);
    /* A frame for everyone with a packet for one is a trick (RFC 1122, 3.3.6). */
    return !arrival->group && is_own(net, &info->destination);
}

bool bp_ip_deliver(struct bp_net *net, struct bp_packet *packet, const struct bp_ip_info *info)
{
    const struct bp_ip_protocol *protocol = net->protocols[info->protocol];

    if (!protocol)
        return false;
    protocol->input(net, packet, info);
    return true;
}

void bp_ip_input_passed_on(struct bp_net *net, struct bp_packet *packet,
                           const struct bp_ip_info *info, u64 now)
{
    struct bp_ip_info marked = *info;

    bp_net_set_time(net, now);
    marked.passed_on = true;
    if (!bp_ip_deliver(net, packet, &marked))
        bp_net_drop(net, packet, BP_DROP_IP_PROTOCOL);
}
