/* bp_net_init and bp_net_stop: the config's checks, and every module's beginning and end. */
#include "net/arp.h"
#include "net/igmp.h"
#include "net/ip_output.h"
#include "net/ip_route.h"
#include "net/nd.h"

#include <errno.h>

enum {
    LEAST_MTU = 68, /* RFC 791 */
    VLAN_ID_MAX = 4094,
};

static bool prefix_valid(const struct bp_ip_prefix *prefix)
{
    return prefix->length <= (bp_ip_is_v4(&prefix->addr) ? 32 : 128);
}

static u16 config_mtu(const struct bp_net_config *config, u32 interface)
{
    u16 mtu = config->interfaces[interface].mtu;

    return mtu ? mtu : config->interfaces[interface].device->mtu;
}

static bool interface_valid(const struct bp_net_config *config, u32 interface)
{
    const struct bp_device *device = config->interfaces[interface].device;

    return device && config->interfaces[interface].vlan <= (BP_NET_HAS_VLAN ? VLAN_ID_MAX : 0) &&
           config_mtu(config, interface) >= LEAST_MTU &&
           config_mtu(config, interface) <= device->mtu;
}

static bool address_valid(const struct bp_net_config *config, const struct bp_net_address *address)
{
    const struct bp_ip_addr *addr = &address->prefix.addr;

    return address->interface < config->interface_count && prefix_valid(&address->prefix) &&
           !bp_ip_is_martian(addr) && (bp_ip_speaks_v4(addr) == bp_ip_is_v4(addr)) &&
           (bp_ip_is_v4(addr) || config_mtu(config, address->interface) >= BP_IPV6_MIN_MTU);
}

static bool route_valid(const struct bp_net_config *config, const struct bp_net_route *route)
{
    return route->interface < config->interface_count && prefix_valid(&route->destination) &&
           (bp_ip_is_any(&route->gateway) ||
            (!bp_ip_is_martian(&route->gateway) &&
             bp_ip_is_v4(&route->gateway) == bp_ip_is_v4(&route->destination.addr)));
}

static bool config_valid(const struct bp_net_config *config)
{
    if (!config->interface_count || config->interface_count > BP_NET_INTERFACES_MAX ||
        config->address_count > BP_NET_ADDRESSES_MAX || config->route_count > BP_NET_ROUTES_MAX)
        return false;
    for (u32 i = 0; i < config->interface_count; i++)
        if (!interface_valid(config, i))
            return false;
    for (u32 i = 0; i < config->address_count; i++)
        if (!address_valid(config, &config->addresses[i]))
            return false;
    for (u32 i = 0; i < config->route_count; i++)
        if (!route_valid(config, &config->routes[i]))
            return false;
    return true;
}

static void announce_addresses(struct bp_net *net)
{
    for (u32 i = 0; i < net->address_count; i++) {
        const struct bp_net_address *own = &net->addresses[i];

        if (bp_ip_speaks_v4(&own->prefix.addr)) {
            bp_arp_probe(net, own);
            bp_arp_announce(net, own);
        } else {
            bp_nd_probe(net, own);
            bp_nd_announce(net, own);
        }
    }
}

/* The queue of a device, from its first interface on. */
static struct bp_tx_queue *tx_of(struct bp_net *net, struct bp_device *device)
{
    struct bp_tx_queue *tx = net->tx;

    while (tx->device && tx->device != device)
        tx++;
    tx->device = device;
    return tx;
}

int bp_net_init(struct bp_net *net, const struct bp_net_config *config, u64 now)
{
    if (!config_valid(config))
        return -EINVAL;
    net->now = now;
    net->seed = config->seed;
    /* Random numbers are seen by others; whoever works back from them does not find the seed. */
    net->random = bp_hash_mix(config->seed, now);
    net->steering = config->steering;
    net->worker = config->worker;
    bp_wheel_init(&net->wheel, now);
    net->interface_count = config->interface_count;
    for (u32 i = 0; i < config->interface_count; i++)
        net->interfaces[i] =
            (struct bp_net_interface){.device = config->interfaces[i].device,
                                      .tx = tx_of(net, config->interfaces[i].device),
                                      .vlan = config->interfaces[i].vlan,
                                      .mtu = config_mtu(config, i),
                                      .index = (u16)i};
    bp_ip_route_init(net, config);
    bp_ip_ids_init(net);
    bp_neighbours_init(net);
    bp_reassembly_init(net);
    bp_path_mtus_init(net);
    bp_icmp_init(net);
    bp_groups_init(net);
    announce_addresses(net);
    return 0;
}

void bp_net_stop(struct bp_net *net)
{
    struct bp_loopback *loopback = &net->loopback;

    for (; loopback->head != loopback->tail; loopback->head++)
        bp_net_free(net, loopback->slots[loopback->head % BP_NET_LOOPBACK].packet);
    bp_tx_stop(net);
    bp_groups_stop(net);
    bp_path_mtus_stop(net);
    bp_reassembly_stop(net);
    bp_neighbours_stop(net);
}
