#include "net/ip_input.h"

#include "net/ip_route.h"

void bp_ip_register(struct bp_net *net, u8 protocol, const struct bp_ip_protocol *handlers)
{
    net->protocols[protocol] = handlers;
}

/* Nobody else may speak for us, and groups do not speak. */
static bool source_allowed(const struct bp_net *net, const struct bp_ip_info *info,
                           const struct bp_arrival *arrival, bool unspecified)
{
    if (arrival->loopback)
        return true;
    if (bp_ip_is_any(&info->source))
        return info->v6 && unspecified;
    return !bp_ip_is_martian(&info->source) && !bp_ip_is_own(net, &info->source) &&
           !bp_ip_is_broadcast(net, info->interface, &info->source);
}

bool bp_ip_accept(struct bp_net *net, struct bp_ip_info *info, const struct bp_arrival *arrival,
                  bool unspecified_source, enum bp_drop *reason)
{
    info->interface = arrival->interface->index;
    info->multicast = bp_ip_is_multicast(&info->destination);
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
    return !arrival->group && bp_ip_is_own(net, &info->destination);
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
