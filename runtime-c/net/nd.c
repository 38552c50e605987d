#include "net/nd.h"

#include "net/icmp_internal.h"
#include "net/ip_route.h"
#include "net/ipv6.h"

enum {
    HOP_LIMIT = 255, /* proves that no router has passed it on */
    OPTION_SOURCE_MAC = 1,
    OPTION_TARGET_MAC = 2,
    FLAG_SOLICITED = 0x40000000,
    FLAG_OVERRIDE = 0x20000000,
};

/* Both messages. */
struct message {
    struct bp_icmp_header icmp; /* rest: flags of an advertisement */
    u8 target[16];
} BP_WIRE;

struct mac_option {
    u8 type;
    u8 length; /* in 8-byte units: 1 */
    u8 mac[6];
} BP_WIRE;

/* ff02::1. */
static const struct bp_ip_addr all_nodes = {.bytes = {0xff, 2, [15] = 1}};

/*
 * Finds the address option of a type; *mac stays NULL without one. False: malformed options.
 */
static bool find_mac(const struct bp_packet *packet, u8 type, const u8 **mac)
{
    const u8 *end = bp_packet_data(packet) + packet->len;

    *mac = NULL;
    for (const u8 *option = bp_packet_data(packet) + sizeof(struct message); option < end;) {
        u32 length = end - option >= 2 ? option[1] * 8u : 0;

        if (!length || length > (u32)(end - option))
            return false;
        if (option[0] == type && length == sizeof(struct mac_option))
            *mac = ((const struct mac_option *)option)->mac;
        option += length;
    }
    return true;
}

/* What RFC 4861 7.1 asks of both messages, and RFC 6980 of all. */
static bool valid(struct bp_packet *packet, const struct bp_ip_info *info)
{
    const struct message *message = (const void *)bp_packet_data(packet);
    struct bp_ip_addr target;

    if (info->ttl != HOP_LIMIT || info->reassembled || !packet->l2_len ||
        packet->total < sizeof(*message) || !bp_packet_gather(packet, packet->total) ||
        message->icmp.code != 0)
        return false;
    target = bp_ip_from_v6(message->target);
    return !bp_ip_is_multicast(&target) && !bp_ip_is_v4(&target);
}

/* Sends a message, with a link-layer address option unless it comes from nobody. mac NULL: to the
 * destination's group. */
static void send(struct bp_net *net, struct bp_net_interface *interface,
                 const struct bp_ip_path *path, const u8 *mac, u8 type, u32 flags,
                 const struct bp_ip_addr *target)
{
    struct bp_packet *packet = bp_net_alloc(net);
    struct mac_option *option;
    struct message *message;
    u8 group[6];

    if (!packet)
        return;
    message = bp_packet_append(packet, sizeof(*message));
    *message = (struct message){.icmp = {.type = type, .rest = bp_be32(flags)}};
    memcpy(message->target, target->bytes, 16);
    if (!bp_ip_is_any(&path->source)) {
        option = bp_packet_append(packet, sizeof(*option));
        option->type = type == BP_ICMPV6_SOLICIT ? OPTION_SOURCE_MAC : OPTION_TARGET_MAC;
        option->length = 1;
        memcpy(option->mac, interface->device->mac, 6);
    }
    message->icmp.checksum = bp_icmpv6_checksum(packet, path);
    bp_ipv6_push(packet, path, BP_IP_ICMPV6, 0, HOP_LIMIT);
    if (!mac) {
        bp_ether_group(group, &path->destination);
        mac = group;
    }
    bp_ether_output(net, interface, packet, mac, BP_ETHER_IPV6);
}

void bp_nd_solicit(struct bp_net *net, struct bp_net_interface *interface,
                   const struct bp_ip_addr *target, const u8 *mac)
{
    const struct bp_net_address *own = bp_ip_source_for(net, interface->index, target);
    struct bp_ip_path path = {.destination = mac ? *target : bp_ipv6_solicited_node(target)};

    if (!own)
        return;
    path.source = own->prefix.addr;
    send(net, interface, &path, mac, BP_ICMPV6_SOLICIT, 0, target);
}

void bp_nd_announce(struct bp_net *net, const struct bp_net_address *own)
{
    struct bp_ip_path path = {.source = own->prefix.addr, .destination = all_nodes};

    send(net, &net->interfaces[own->interface], &path, NULL, BP_ICMPV6_ADVERT, FLAG_OVERRIDE,
         &own->prefix.addr);
}

void bp_nd_probe(struct bp_net *net, const struct bp_net_address *own)
{
    const struct bp_ip_addr *addr = &own->prefix.addr;
    struct bp_ip_path path = {.source = BP_IP_ANY6, .destination = bp_ipv6_solicited_node(addr)};

    send(net, &net->interfaces[own->interface], &path, NULL, BP_ICMPV6_SOLICIT, 0, addr);
}

static bool solicit_valid(const struct bp_ip_info *info, const struct bp_ip_addr *target,
                          const u8 *mac)
{
    struct bp_ip_addr group = bp_ipv6_solicited_node(target);

    return !bp_ip_is_any(&info->source) || (!mac && bp_ip_equal(&info->destination, &group));
}

void bp_nd_input_solicit(struct bp_net *net, struct bp_packet *packet,
                         const struct bp_ip_info *info)
{
    const struct message *message = (const void *)bp_packet_data(packet);
    const struct bp_net_address *own;
    struct bp_ip_path path;
    struct bp_ip_addr target;
    const u8 *mac;

    if (!valid(packet, info) || !find_mac(packet, OPTION_SOURCE_MAC, &mac))
        return bp_net_drop(net, packet, BP_DROP_ND_MALFORMED);
    target = bp_ip_from_v6(message->target);
    if (!solicit_valid(info, &target, mac))
        return bp_net_drop(net, packet, BP_DROP_ND_MALFORMED);
    own = bp_ip_own(net, &target);
    path = (struct bp_ip_path){.source = target, .destination = info->source};
    if (mac)
        bp_neighbour_claim(net, info->interface, &info->source, mac, false);
    if (!own || own->interface != info->interface) {
        bp_net_free(net, packet);
        return;
    }
    if (bp_ip_is_any(&info->source))
        bp_nd_announce(net, own);
    else
        send(net, &net->interfaces[info->interface], &path, mac ? mac : bp_ether_source(packet),
             BP_ICMPV6_ADVERT, FLAG_SOLICITED | FLAG_OVERRIDE, &target);
    bp_net_free(net, packet);
}

/* Without the override flag an answer may not replace what is known. */
static bool overrides(struct bp_net *net, u16 interface, const struct bp_ip_addr *addr,
                      const u8 mac[6], u32 flags)
{
    const struct bp_neighbour *entry = bp_neighbour_find(net, interface, addr);

    return flags & FLAG_OVERRIDE || !entry || entry->state == BP_NEIGHBOUR_INCOMPLETE ||
           memcmp(entry->mac, mac, 6) == 0;
}

/* What comes back of our own announcements is nobody else's. */
static void claim_ours(struct bp_net *net, u16 interface, const struct bp_ip_addr *addr,
                       const u8 mac[6])
{
    if (memcmp(mac, net->interfaces[interface].device->mac, 6) != 0)
        bp_net_count_conflict(net, addr, mac);
}

void bp_nd_input_advert(struct bp_net *net, struct bp_packet *packet, const struct bp_ip_info *info)
{
    const struct message *message = (const void *)bp_packet_data(packet);
    struct bp_ip_addr target;
    const u8 *mac;
    u32 flags;

    if (!valid(packet, info) || !find_mac(packet, OPTION_TARGET_MAC, &mac))
        return bp_net_drop(net, packet, BP_DROP_ND_MALFORMED);
    flags = bp_be32(message->icmp.rest);
    target = bp_ip_from_v6(message->target);
    if (flags & FLAG_SOLICITED && info->multicast)
        return bp_net_drop(net, packet, BP_DROP_ND_MALFORMED);
    if (!mac)
        mac = bp_ether_source(packet);
    if (bp_ip_is_own(net, &target))
        claim_ours(net, info->interface, &target, mac);
    else if (overrides(net, info->interface, &target, mac, flags))
        bp_neighbour_claim(net, info->interface, &target, mac, flags & FLAG_SOLICITED);
    bp_net_free(net, packet);
}
