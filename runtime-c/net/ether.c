#include "net/ether.h"

#include "net/arp.h"
#include "net/ipv4.h"
#include "net/ipv6.h"

#include <errno.h>

const u8 bp_ether_broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

static const struct {
    enum bp_ether_type type;
    void (*input)(struct bp_net *net, struct bp_packet *packet, const struct bp_arrival *arrival);
} ether_types[] = {
    {BP_ETHER_IPV6, BP_NET_HAS_IPV6 ? bp_ipv6_input : NULL},
    {BP_ETHER_ARP, bp_arp_input},
};

static struct bp_net_interface *find_interface(struct bp_net *net, const struct bp_device *device,
                                               u16 vlan)
{
    if (BP_NET_INTERFACES_MAX == 1 && !BP_NET_HAS_VLAN)
        return vlan ? NULL : &net->interfaces[0];
    for (u32 i = 0; i < net->interface_count; i++)
        if (net->interfaces[i].device == device && net->interfaces[i].vlan == vlan)
            return &net->interfaces[i];
    return NULL;
}

static bool is_group(const u8 mac[6])
{
    return mac[0] & 1;
}

/* Pulls the header and the tag. Returns the type, and in vlan the VLAN; 0 when there is no header.
 */
static u16 pull_header(struct bp_packet *frame, u16 *vlan)
{
    const struct bp_ether_header *header = (const void *)bp_packet_data(frame);
    const struct bp_vlan_tag *tag;

    *vlan = 0;
    frame->l2_len = sizeof(*header);
    bp_packet_pull(frame, sizeof(*header));
    if (likely(header->type != bp_be16(BP_ETHER_VLAN)))
        return bp_be16(header->type);
    if (!bp_packet_gather(frame, sizeof(*tag)))
        return 0;
    tag = bp_packet_pull(frame, sizeof(*tag));
    frame->l2_len += sizeof(*tag);
    *vlan = bp_be16(tag->control) & BP_VLAN_ID_MASK;
    return bp_be16(tag->type);
}

void bp_ether_input(struct bp_net *net, struct bp_device *device, struct bp_packet *frame)
{
    struct bp_arrival arrival = {};
    const struct bp_ether_header *header;
    u16 type, vlan;

    if (!bp_packet_gather(frame, sizeof(*header)))
        return bp_net_drop(net, frame, BP_DROP_ETHER_SHORT);
    header = (const void *)bp_packet_data(frame);
    arrival.group = is_group(header->destination);
    if (is_group(header->source))
        return bp_net_drop(net, frame, BP_DROP_ETHER_SOURCE);
    if (!arrival.group && memcmp(header->destination, device->mac, 6) != 0)
        return bp_net_drop(net, frame, BP_DROP_ETHER_ADDRESS);

    type = pull_header(frame, &vlan);
    arrival.interface = find_interface(net, device, vlan);
    if (!arrival.interface)
        return bp_net_drop(net, frame, BP_DROP_VLAN);
    if (likely(type == BP_ETHER_IPV4))
        return bp_ipv4_input(net, frame, &arrival);
    for (u32 i = 0; i < ARRAY_SIZE(ether_types); i++)
        if (ether_types[i].type == type && (BP_NET_HAS_IPV6 || type != BP_ETHER_IPV6))
            return ether_types[i].input(net, frame, &arrival);
    bp_net_drop(net, frame, BP_DROP_ETHER_TYPE);
}

static void push_header(struct bp_packet *packet, const struct bp_net_interface *interface,
                        const u8 destination[6], enum bp_ether_type type)
{
    struct bp_ether_header *header;
    struct bp_vlan_tag *tag;

    packet->l2_len = sizeof(*header);
    if (BP_NET_HAS_VLAN && interface->vlan) {
        tag = bp_packet_push(packet, sizeof(*tag));
        *tag = (struct bp_vlan_tag){bp_be16(interface->vlan), bp_be16((u16)type)};
        type = BP_ETHER_VLAN;
        packet->l2_len += sizeof(*tag);
    }
    header = bp_packet_push(packet, sizeof(*header));
    memcpy(header->destination, destination, 6);
    memcpy(header->source, interface->device->mac, 6);
    header->type = bp_be16((u16)type);
}

int bp_ether_output(struct bp_net *net, struct bp_net_interface *interface,
                    struct bp_packet *packet, const u8 destination[6], enum bp_ether_type type)
{
    if (packet->next && !bp_device_has(interface->device, BP_DEVICE_TX_CHAIN)) {
        struct bp_packet *whole = bp_net_copy(net, packet);

        bp_net_free(net, packet);
        if (!whole)
            return -ENOBUFS;
        packet = whole;
    }
    if (bp_packet_headroom(packet) < BP_ETHER_ROOM) {
        bp_net_drop(net, packet, BP_DROP_NO_HEADROOM);
        return -ENOBUFS;
    }
    push_header(packet, interface, destination, type);
    return bp_tx(net, interface->tx, packet);
}

void bp_ether_group(u8 mac[6], const struct bp_ip_addr *group)
{
    if (bp_ip_is_v4(group)) {
        memcpy(mac, "\x01\x00\x5e", 3);
        mac[3] = group->bytes[13] & 0x7f;
        memcpy(mac + 4, group->bytes + 14, 2);
    } else {
        memcpy(mac, "\x33\x33", 2);
        memcpy(mac + 2, group->bytes + 12, 4);
    }
}
