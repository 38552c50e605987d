#include "net/ip_route.h"

#include <errno.h>

enum {
    V4_BITS = 32,
    /* Of an RFC 3021 point-to-point link and of a host: no broadcast address. */
    V4_LONGEST_WITH_BROADCAST = 30,
};

/* The bound is what a compiler that knows the config makes use of: a loop of one is none. */
static u32 address_count(const struct bp_net *net)
{
    return BP_MIN(net->address_count, (u32)BP_NET_OWN_ADDRESSES_MAX);
}

const struct bp_net_address *bp_ip_own(const struct bp_net *net, const struct bp_ip_addr *addr)
{
    for (u32 i = 0; i < address_count(net); i++)
        if (bp_ip_equal(&net->addresses[i].prefix.addr, addr))
            return &net->addresses[i];
    return NULL;
}

bool bp_ip_is_own(const struct bp_net *net, const struct bp_ip_addr *addr)
{
    return bp_ip_own(net, addr) != NULL;
}

/* How well an own address suits to speak to peer; 0: not at all. */
static int suits(const struct bp_net_address *own, u16 interface, const struct bp_ip_addr *peer)
{
    const struct bp_ip_addr *addr = &own->prefix.addr;

    if (bp_ip_is_v4(addr) != bp_ip_is_v4(peer))
        return 0;
    if (own->interface != interface)
        return bp_ip_is_link_local(addr) || bp_ip_is_link_local(peer) ? 0 : 1;
    if (bp_ip_in_prefix(peer, &own->prefix))
        return 4;
    return bp_ip_is_link_local(addr) == bp_ip_is_link_local(peer) ? 3 : 2;
}

const struct bp_net_address *bp_ip_source_for(const struct bp_net *net, u16 interface,
                                              const struct bp_ip_addr *peer)
{
    const struct bp_net_address *best = NULL;
    int best_suits = 0;

    for (u32 i = 0; i < net->address_count; i++) {
        int this = suits(&net->addresses[i], interface, peer);

        if (this > best_suits) {
            best_suits = this;
            best = &net->addresses[i];
        }
    }
    return best;
}

bool bp_ip_is_broadcast(const struct bp_net *net, u16 interface, const struct bp_ip_addr *addr)
{
    if (!bp_ip_is_v4(addr))
        return false;
    if (bp_ip_is_limited_broadcast(addr))
        return true;
    for (u32 i = 0; i < address_count(net); i++) {
        const struct bp_net_address *own = &net->addresses[i];
        u32 length = own->prefix.length;

        if (own->interface == interface && bp_ip_speaks_v4(&own->prefix.addr) &&
            length <= V4_LONGEST_WITH_BROADCAST &&
            (bp_ip_v4(&own->prefix.addr) | bp_be32(0xffffffff >> length)) == bp_ip_v4(addr))
            return true;
    }
    return false;
}

bool bp_ip_is_martian(const struct bp_ip_addr *addr)
{
    if (bp_ip_is_multicast(addr) || bp_ip_is_loopback(addr) || bp_ip_is_any(addr))
        return true;
    return bp_ip_is_v4(addr) && (addr->bytes[12] == 0 || addr->bytes[12] >= 240);
}

static u32 specificity(const struct bp_net_route *route)
{
    return route->destination.length + (bp_ip_is_v4(&route->destination.addr) ? 96u : 0u);
}

/* Longest prefix first; equal ones in the order in which they came. */
static void add_route(struct bp_net *net, const struct bp_net_route *route)
{
    u32 at = net->route_count++;

    BP_BUG_ON(at == ARRAY_SIZE(net->routes));
    for (; at > 0 && specificity(&net->routes[at - 1]) < specificity(route); at--)
        net->routes[at] = net->routes[at - 1];
    net->routes[at] = *route;
}

static void add_address(struct bp_net *net, const struct bp_net_address *address)
{
    struct bp_net_route on_link = {
        .destination = address->prefix, .gateway = BP_IP_ANY6, .interface = address->interface};

    BP_BUG_ON(net->address_count == ARRAY_SIZE(net->addresses));
    net->addresses[net->address_count++] = *address;
    add_route(net, &on_link);
}

static bool needs_link_local(const struct bp_net *net, u16 interface)
{
    bool v6 = false;

    for (u32 i = 0; i < net->address_count; i++) {
        const struct bp_net_address *own = &net->addresses[i];

        if (own->interface != interface || bp_ip_is_v4(&own->prefix.addr))
            continue;
        if (bp_ip_is_link_local(&own->prefix.addr))
            return false;
        v6 = true;
    }
    return v6;
}

/* RFC 4291, appendix A: from the station's address. */
static struct bp_net_address link_local(const struct bp_net_interface *interface)
{
    const u8 *mac = interface->device->mac;

    return (struct bp_net_address){
        .prefix = {.addr = {.bytes = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, mac[0] ^ 2, mac[1], mac[2],
                                      0xff, 0xfe, mac[3], mac[4], mac[5]}},
                   .length = 64},
        .interface = interface->index,
    };
}

void bp_ip_route_init(struct bp_net *net, const struct bp_net_config *config)
{
    for (u32 i = 0; i < config->address_count; i++)
        add_address(net, &config->addresses[i]);
    for (u32 i = 0; i < config->interface_count; i++) {
        struct bp_net_address own = link_local(&net->interfaces[i]);

        if (needs_link_local(net, (u16)i))
            add_address(net, &own);
    }
    for (u32 i = 0; i < config->route_count; i++)
        add_route(net, &config->routes[i]);
}

static const struct bp_net_route *find_route(const struct bp_net *net,
                                             const struct bp_ip_addr *destination, u16 interface)
{
    for (u32 i = 0; i < net->route_count; i++) {
        const struct bp_net_route *route = &net->routes[i];

        if ((interface == BP_NET_ANY_INTERFACE || interface == route->interface) &&
            bp_ip_in_prefix(destination, &route->destination))
            return route;
    }
    return NULL;
}

/* A group or the limited broadcast needs no route where the interface is named, or where there is
 * an interface of the family. */
static int find_group_interface(const struct bp_net *net, const struct bp_ip_addr *source,
                                const struct bp_ip_addr *destination, u16 *interface)
{
    const struct bp_net_address *own = bp_ip_own(net, source);
    const struct bp_net_route *route;

    if (*interface != BP_NET_ANY_INTERFACE)
        return 0;
    if (own) {
        *interface = own->interface;
        return 0;
    }
    route = find_route(net, destination, BP_NET_ANY_INTERFACE);
    if (route) {
        *interface = route->interface;
        return 0;
    }
    for (u32 i = 0; i < net->address_count; i++) {
        if (bp_ip_is_v4(&net->addresses[i].prefix.addr) != bp_ip_is_v4(destination))
            continue;
        *interface = net->addresses[i].interface;
        return 0;
    }
    return -ENETUNREACH;
}

/* Fills interface, next_hop and the flags that the destination decides. */
static int find_way(const struct bp_net *net, struct bp_ip_path *path, u16 interface)
{
    const struct bp_net_address *own = bp_ip_own(net, &path->destination);
    const struct bp_net_route *route;

    path->next_hop = path->destination;
    path->interface = interface;
    if (own) {
        path->flags |= BP_PATH_LOCAL;
        path->interface = own->interface;
        return 0;
    }
    if (bp_ip_is_multicast(&path->destination) || bp_ip_is_limited_broadcast(&path->destination)) {
        path->flags |=
            bp_ip_is_multicast(&path->destination) ? BP_PATH_MULTICAST : BP_PATH_BROADCAST;
        return find_group_interface(net, &path->source, &path->destination, &path->interface);
    }
    if (bp_ip_is_martian(&path->destination))
        return -EINVAL;
    route = find_route(net, &path->destination, interface);
    if (!route)
        return -ENETUNREACH;
    path->interface = route->interface;
    if (!bp_ip_is_any(&route->gateway))
        path->next_hop = route->gateway;
    if (bp_ip_is_broadcast(net, path->interface, &path->destination))
        path->flags |= BP_PATH_BROADCAST;
    return 0;
}

static int choose_source(const struct bp_net *net, struct bp_ip_path *path)
{
    const struct bp_net_address *own;

    if (!bp_ip_is_any(&path->source))
        return bp_ip_is_own(net, &path->source) ? 0 : -EADDRNOTAVAIL;
    own = path->flags & BP_PATH_LOCAL ? bp_ip_own(net, &path->destination)
                                      : bp_ip_source_for(net, path->interface, &path->next_hop);
    if (!own)
        return -EADDRNOTAVAIL;
    path->source = own->prefix.addr;
    return 0;
}

int bp_ip_path_init(struct bp_net *net, struct bp_ip_path *path, const struct bp_ip_addr *source,
                    const struct bp_ip_addr *destination, u16 interface)
{
    int error;

    if (!BP_NET_HAS_IPV6 && !bp_ip_is_v4(destination))
        return -ENETUNREACH;
    *path = (struct bp_ip_path){.destination = *destination};
    path->source = source ? *source : BP_IP_ANY6;
    if (!bp_ip_is_any(&path->source) && bp_ip_is_v4(&path->source) != bp_ip_is_v4(destination))
        return -EINVAL;
    if (interface != BP_NET_ANY_INTERFACE && interface >= net->interface_count)
        return -EINVAL;
    error = find_way(net, path, interface);
    return error ? error : choose_source(net, path);
}
