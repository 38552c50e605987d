#include "net/ip_output.h"

#include "net/checksum.h"
#include "net/ipv4.h"
#include "net/ipv6.h"

#include <errno.h>

enum {
    DEFAULT_TTL = 64,
    PACKET_MAX = 65535,
};

void bp_ip_ids_init(struct bp_net *net)
{
    for (u32 i = 0; i < ARRAY_SIZE(net->ip_ids); i++)
        net->ip_ids[i] = (u32)bp_net_random(net);
}

u32 bp_ip_next_id(struct bp_net *net, const struct bp_ip_path *path)
{
    u32 hash = bp_ip_hash(&path->destination, bp_hash_mix(net->seed, path->source.halves[1]));

    return net->ip_ids[hash % BP_NET_IP_IDS]++;
}

u32 bp_ip_mtu(struct bp_net *net, struct bp_ip_path *path)
{
    u16 interface_mtu = net->interfaces[path->interface].mtu;

    if (path->flags & BP_PATH_LOCAL)
        return interface_mtu;
    if (path->flags & BP_PATH_NO_DF && bp_ip_speaks_v4(&path->destination))
        return interface_mtu;
    if (unlikely(path->mtu_generation != net->path_mtus.generation)) {
        path->mtu = bp_path_mtu_find(net, &path->destination, interface_mtu);
        path->mtu_generation = net->path_mtus.generation;
    }
    return path->mtu;
}

bool bp_ip_can_segment(const struct bp_net *net, const struct bp_ip_path *path)
{
    return path->flags & BP_PATH_LOCAL ||
           bp_device_has(net->interfaces[path->interface].device, BP_DEVICE_TSO);
}

/* Whether somebody else will see to the transport's checksum. A packet that is to be fragmented
 * must have its own. */
static bool leaves_checksum(struct bp_net *net, const struct bp_packet *packet,
                            struct bp_ip_path *path, u8 protocol)
{
    if (protocol != BP_IP_TCP && protocol != BP_IP_UDP)
        return false;
    if (!(packet->flags & BP_PACKET_SEGMENT) &&
        packet->total + bp_ip_header_length(path) > bp_ip_mtu(net, path))
        return false;
    return path->flags & BP_PATH_LOCAL ||
           bp_device_has(net->interfaces[path->interface].device, BP_DEVICE_TX_L4_CHECKSUM);
}

void bp_ip_fill_checksum(struct bp_net *net, struct bp_packet *packet, struct bp_ip_path *path,
                         u8 protocol, u32 offset)
{
    bool leave = leaves_checksum(net, packet, path, protocol);
    /* A device that cuts segments adds each one's length itself. */
    u32 len = leave && packet->flags & BP_PACKET_SEGMENT ? 0 : packet->total;
    u64 sum = bp_sum_pseudo(&path->source, &path->destination, protocol, len);
    be16 field;

    BP_BUG_ON(offset + sizeof(field) > packet->len);
    if (leave)
        packet->flags |= BP_PACKET_FILL_L4;
    field = leave ? bp_sum_fold(sum) : (be16)~bp_sum_fold(bp_sum_packet(sum, packet));
    memcpy(bp_packet_data(packet) + offset, &field, sizeof(field));
}

/* To ourselves. Takes over the packet. */
static int send_loopback(struct bp_net *net, struct bp_packet *packet, u16 interface)
{
    struct bp_loopback *loopback = &net->loopback;
    __typeof__(loopback->slots[0]) *slot = &loopback->slots[loopback->tail % BP_NET_LOOPBACK];

    if (loopback->tail - loopback->head == BP_NET_LOOPBACK) {
        bp_net_drop(net, packet, BP_DROP_LOOPBACK_FULL);
        return -ENOBUFS;
    }
    slot->packet = packet;
    slot->interface = interface;
    loopback->tail++;
    return 0;
}

/* A group's members may be among us: what comes back is a copy. */
static void loop_back(struct bp_net *net, const struct bp_packet *packet,
                      const struct bp_ip_path *path)
{
    struct bp_packet *copy;

    if (path->flags & BP_PATH_MULTICAST &&
        !bp_group_is_member(net, path->interface, &path->destination))
        return;
    copy = bp_net_copy(net, packet);
    if (copy)
        send_loopback(net, copy, path->interface);
}

int bp_ip_send(struct bp_net *net, struct bp_packet *packet, struct bp_ip_path *path)
{
    enum bp_ether_type type = bp_ether_type_of(packet);
    struct bp_net_interface *interface = &net->interfaces[path->interface];
    u8 mac[6];

    if (path->flags & BP_PATH_LOCAL)
        return send_loopback(net, packet, path->interface);
    if (likely(!(path->flags & (BP_PATH_MULTICAST | BP_PATH_BROADCAST))))
        return bp_neighbour_output(net, packet, path);
    if (path->flags & BP_PATH_LOOP)
        loop_back(net, packet, path);
    if (path->flags & BP_PATH_BROADCAST)
        return bp_ether_output(net, interface, packet, bp_ether_broadcast, type);
    bp_ether_group(mac, &path->destination);
    return bp_ether_output(net, interface, packet, mac, type);
}

/* Bytes of the largest packet that leaves for this one, or 0 when it has no size that IP knows. */
static u32 size_on_wire(const struct bp_packet *packet, u32 header)
{
    if (packet->total + header > PACKET_MAX)
        return 0;
    if (packet->flags & BP_PACKET_SEGMENT)
        return header + packet->l4_len + packet->mss;
    return header + packet->total;
}

int bp_ip_output(struct bp_net *net, struct bp_packet *packet, struct bp_ip_path *path, u8 protocol,
                 u8 tos, u8 ttl)
{
    bool v4 = bp_ip_speaks_v4(&path->destination);
    u32 header = v4 ? bp_ipv4_header_bytes(path) : sizeof(struct bp_ipv6_header);
    u32 size = size_on_wire(packet, header);
    bool df = !(path->flags & BP_PATH_NO_DF);

    if (!ttl)
        ttl = DEFAULT_TTL;
    if (unlikely(!size || size > bp_ip_mtu(net, path))) {
        if (size && path->flags & BP_PATH_FRAGMENT && !(packet->flags & BP_PACKET_SEGMENT))
            return bp_ip_fragment(net, packet, path, protocol, tos, ttl);
        bp_net_drop(net, packet, BP_DROP_TOO_BIG);
        return -EMSGSIZE;
    }
    if (unlikely(bp_packet_headroom(packet) < header + BP_ETHER_ROOM)) {
        bp_net_drop(net, packet, BP_DROP_NO_HEADROOM);
        return -ENOBUFS;
    }
    if (v4) /* an identification has no meaning where nobody may fragment (RFC 6864) */
        bp_ipv4_push(net, packet, path, protocol, tos, ttl, df ? 0 : (u16)bp_ip_next_id(net, path),
                     df ? BP_IPV4_DF : 0);
    else
        bp_ipv6_push(packet, path, protocol, tos, ttl);
    return bp_ip_send(net, packet, path);
}
