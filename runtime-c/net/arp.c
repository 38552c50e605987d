#include "net/arp.h"

#include "net/ip_route.h"

enum {
    HARDWARE_ETHERNET = 1,
    REQUEST = 1,
    REPLY = 2,
};

static const u64 defend_interval = 10ULL * 1000000000; /* RFC 5227: DEFEND_INTERVAL */

struct arp {
    be16 hardware, protocol;
    u8 hardware_length, protocol_length;
    be16 operation;
    u8 sender_mac[6];
    be32 sender;
    u8 target_mac[6];
    be32 target;
} BP_WIRE;

static void send(struct bp_net *net, struct bp_net_interface *interface, u16 operation, be32 sender,
                 be32 target, const u8 target_mac[6], const u8 destination[6])
{
    struct bp_packet *packet = bp_net_alloc(net);
    struct arp *arp;

    if (!packet)
        return;
    arp = bp_packet_append(packet, sizeof(*arp));
    *arp = (struct arp){.hardware = bp_be16(HARDWARE_ETHERNET),
                        .protocol = bp_be16(BP_ETHER_IPV4),
                        .hardware_length = 6,
                        .protocol_length = 4,
                        .operation = bp_be16(operation),
                        .sender = sender,
                        .target = target};
    memcpy(arp->sender_mac, interface->device->mac, 6);
    memcpy(arp->target_mac, target_mac, 6);
    bp_ether_output(net, interface, packet, destination, BP_ETHER_ARP);
}

static const u8 no_mac[6];

void bp_arp_request(struct bp_net *net, struct bp_net_interface *interface, be32 target,
                    const u8 destination[6])
{
    struct bp_ip_addr addr = bp_ip_from_v4(target);
    const struct bp_net_address *own = bp_ip_source_for(net, interface->index, &addr);

    send(net, interface, REQUEST, own ? bp_ip_v4(&own->prefix.addr) : 0, target, no_mac,
         destination);
}

void bp_arp_probe(struct bp_net *net, const struct bp_net_address *own)
{
    send(net, &net->interfaces[own->interface], REQUEST, 0, bp_ip_v4(&own->prefix.addr), no_mac,
         bp_ether_broadcast);
}

void bp_arp_announce(struct bp_net *net, const struct bp_net_address *own)
{
    be32 addr = bp_ip_v4(&own->prefix.addr);

    send(net, &net->interfaces[own->interface], REQUEST, addr, addr, no_mac, bp_ether_broadcast);
}

/* Another station uses an address of ours: we say once more that it is ours, not too often. */
static void defend(struct bp_net *net, const struct bp_net_address *own, const u8 mac[6])
{
    u64 *defended = &net->defended[own - net->addresses];

    bp_net_count_conflict(net, &own->prefix.addr, mac);
    if (*defended && net->now - *defended < defend_interval)
        return;
    *defended = net->now;
    bp_arp_announce(net, own);
}

static bool valid(struct bp_packet *packet)
{
    const struct arp *arp = (const void *)bp_packet_data(packet);

    return bp_packet_gather(packet, sizeof(*arp)) && arp->hardware == bp_be16(HARDWARE_ETHERNET) &&
           arp->protocol == bp_be16(BP_ETHER_IPV4) && arp->hardware_length == 6 &&
           arp->protocol_length == 4 &&
           (arp->operation == bp_be16(REQUEST) || arp->operation == bp_be16(REPLY)) &&
           !(arp->sender_mac[0] & 1);
}

static const struct bp_net_address *own_on(const struct bp_net *net, u16 interface, be32 v4)
{
    struct bp_ip_addr addr = bp_ip_from_v4(v4);
    const struct bp_net_address *own = bp_ip_own(net, &addr);

    return own && own->interface == interface ? own : NULL;
}

void bp_arp_input(struct bp_net *net, struct bp_packet *packet, const struct bp_arrival *arrival)
{
    struct bp_net_interface *interface = arrival->interface;
    const u8 *mac = interface->device->mac;
    const struct bp_net_address *claimed;
    struct bp_ip_addr sender;
    struct arp arp;

    if (!valid(packet))
        return bp_net_drop(net, packet, BP_DROP_ARP_MALFORMED);
    memcpy(&arp, bp_packet_data(packet), sizeof(arp));
    bp_net_free(net, packet);

    claimed = own_on(net, interface->index, arp.sender);
    if (claimed && memcmp(arp.sender_mac, mac, 6) != 0)
        return defend(net, claimed, arp.sender_mac);
    sender = bp_ip_from_v4(arp.sender);
    bp_neighbour_claim(net, interface->index, &sender, arp.sender_mac,
                       arp.operation == bp_be16(REPLY) && memcmp(arp.target_mac, mac, 6) == 0);
    if (arp.operation == bp_be16(REQUEST) && own_on(net, interface->index, arp.target))
        send(net, interface, REPLY, arp.target, arp.sender, arp.sender_mac, arp.sender_mac);
}
