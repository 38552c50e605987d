#include "net/udp_table.h"

#include "net/ip_route.h"
#include "net/steer.h"

#include <errno.h>

/* Linux's net.ipv4.ip_local_port_range. */
enum {
    EPHEMERAL_FIRST = 32768,
    EPHEMERAL_COUNT = 60999 - 32768 + 1,
};

struct bp_list *bp_udp_port_bucket(struct bp_net *net, u16 port)
{
    return &net->udp->by_port[bp_hash_mix(net->seed, port) % BP_NET_UDP_BUCKETS];
}

static u64 peer_hash(const struct bp_net *net, const struct bp_ip_addr *remote, u16 remote_port,
                     u16 local_port)
{
    u64 ports = (u64)remote_port << 16 | local_port;

    return bp_ip_hash(remote, bp_hash_mix(net->seed, ports));
}

static struct bp_list *peer_bucket(struct bp_net *net, const struct bp_ip_addr *remote,
                                   u16 remote_port, u16 local_port)
{
    u64 hash = peer_hash(net, remote, remote_port, local_port);

    return &net->udp->by_peer[hash % BP_NET_UDP_BUCKETS];
}

static bool connected(const struct bp_udp_endpoint *endpoint)
{
    return endpoint->remote_port != 0;
}

static bool all_v4(const struct bp_udp_endpoint *endpoint)
{
    return bp_ip_is_any(&endpoint->local) &&
           (bp_ip_is_v4(&endpoint->local) || !(endpoint->flags & BP_UDP_V6ONLY));
}

static bool all_v6(const struct bp_udp_endpoint *endpoint)
{
    return bp_ip_is_any(&endpoint->local) && !bp_ip_is_v4(&endpoint->local);
}

/* How specific an endpoint's own side is for a flow to it; -1: not at all. */
static int score(const struct bp_udp_endpoint *endpoint, const struct bp_udp_flow *flow)
{
    bool v4 = bp_ip_is_v4(&flow->local);
    int points = 0;

    if (endpoint->local_port != flow->local_port)
        return -1;
    if (endpoint->interface != BP_NET_ANY_INTERFACE) {
        if (endpoint->interface != flow->interface)
            return -1;
        points += 2;
    }
    if (bp_ip_equal(&endpoint->local, &flow->local))
        return points + 4;
    if (v4 ? !all_v4(endpoint) : !all_v6(endpoint))
        return -1;
    return points + (bp_ip_is_v4(&endpoint->local) == v4); /* 0.0.0.0 before :: */
}

static bool peer_is(const struct bp_udp_endpoint *endpoint, const struct bp_udp_flow *flow)
{
    return endpoint->remote_port == flow->remote_port &&
           bp_ip_equal(&endpoint->remote, &flow->remote);
}

bool bp_udp_takes(const struct bp_udp_endpoint *endpoint, const struct bp_udp_flow *flow)
{
    return score(endpoint, flow) >= 0 && (!connected(endpoint) || peer_is(endpoint, flow));
}

static struct bp_udp_endpoint *find_connected(struct bp_net *net, const struct bp_udp_flow *flow)
{
    struct bp_list *bucket = peer_bucket(net, &flow->remote, flow->remote_port, flow->local_port);

    bp_list_for_each (node, bucket) {
        struct bp_udp_endpoint *it = bp_list_entry(node, struct bp_udp_endpoint, by_peer);

        if (peer_is(it, flow) && score(it, flow) >= 0)
            return it;
    }
    return NULL;
}

static bool in_group(const struct bp_udp_endpoint *endpoint, const struct bp_udp_endpoint *first)
{
    return first->flags & BP_UDP_REUSEPORT && endpoint->flags & BP_UDP_REUSEPORT &&
           endpoint->owner == first->owner;
}

/* The group's member for a flow. All of its members score as its first, which is in the list. */
static struct bp_udp_endpoint *pick(struct bp_net *net, const struct bp_list *bucket,
                                    struct bp_udp_endpoint *first, int best, u32 size,
                                    const struct bp_udp_flow *flow)
{
    u64 hash = peer_hash(net, &flow->remote, flow->remote_port, flow->local_port);
    u32 turn = (u32)((hash & 0xffffffff) * size >> 32);

    bp_list_for_each (node, bucket) {
        struct bp_udp_endpoint *it = bp_list_entry(node, struct bp_udp_endpoint, by_port);

        if (!connected(it) && score(it, flow) == best && in_group(it, first) && turn-- == 0)
            return it;
    }
    return first;
}

struct bp_udp_endpoint *bp_udp_find(struct bp_net *net, const struct bp_udp_flow *flow)
{
    struct bp_list *bucket = bp_udp_port_bucket(net, flow->local_port);
    struct bp_udp_endpoint *first = net->udp->connected ? find_connected(net, flow) : NULL;
    u32 size = 1;
    int best = -1;

    if (first)
        return first;
    bp_list_for_each (node, bucket) {
        struct bp_udp_endpoint *it = bp_list_entry(node, struct bp_udp_endpoint, by_port);
        int points = connected(it) ? -1 : score(it, flow);

        if (points > best) {
            best = points;
            first = it;
            size = 1;
        } else if (points >= 0 && points == best && in_group(it, first)) {
            size++;
        }
    }
    return size > 1 ? pick(net, bucket, first, best, size, flow) : first;
}

/* Whether there is an address that both would take. */
static bool addresses_meet(const struct bp_udp_endpoint *a, const struct bp_udp_endpoint *b)
{
    if (bp_ip_equal(&a->local, &b->local))
        return true;
    if (bp_ip_is_any(&a->local) && bp_ip_is_any(&b->local))
        return (all_v4(a) && all_v4(b)) || (all_v6(a) && all_v6(b));
    if (bp_ip_is_any(&b->local))
        return addresses_meet(b, a);
    return bp_ip_is_v4(&b->local) ? all_v4(a) : all_v6(a);
}

static bool interfaces_meet(const struct bp_udp_endpoint *a, const struct bp_udp_endpoint *b)
{
    return a->interface == BP_NET_ANY_INTERFACE || b->interface == BP_NET_ANY_INTERFACE ||
           a->interface == b->interface;
}

static bool share(const struct bp_udp_endpoint *a, const struct bp_udp_endpoint *b)
{
    return (a->flags & b->flags & BP_UDP_REUSEADDR) || in_group(a, b);
}

static bool port_free(struct bp_net *net, const struct bp_udp_endpoint *endpoint)
{
    struct bp_list *bucket = bp_udp_port_bucket(net, endpoint->local_port);

    bp_list_for_each (node, bucket) {
        const struct bp_udp_endpoint *it = bp_list_entry(node, struct bp_udp_endpoint, by_port);

        if (it->local_port == endpoint->local_port && interfaces_meet(it, endpoint) &&
            addresses_meet(it, endpoint) && !share(it, endpoint))
            return false;
    }
    return true;
}

static bool choose_port(struct bp_net *net, struct bp_udp_endpoint *endpoint)
{
    u32 start = (u32)(bp_net_random(net) % EPHEMERAL_COUNT);

    for (u32 i = 0; i < EPHEMERAL_COUNT; i++) {
        endpoint->local_port = (u16)(EPHEMERAL_FIRST + (start + i) % EPHEMERAL_COUNT);
        if (port_free(net, endpoint) && bp_steer_claim_udp(net, endpoint->local_port))
            return true;
    }
    endpoint->local_port = 0;
    return false;
}

static bool address_ours(const struct bp_net *net, const struct bp_ip_addr *addr)
{
    if (bp_ip_is_any(addr) || bp_ip_is_multicast(addr) || bp_ip_is_own(net, addr))
        return true;
    for (u32 i = 0; i < net->interface_count; i++)
        if (bp_ip_is_broadcast(net, (u16)i, addr))
            return true;
    return false;
}

int bp_udp_bind(struct bp_net *net, struct bp_udp_endpoint *endpoint)
{
    if (endpoint->interface != BP_NET_ANY_INTERFACE && endpoint->interface >= net->interface_count)
        return -EINVAL;
    if (!address_ours(net, &endpoint->local))
        return -EADDRNOTAVAIL;
    if (endpoint->local_port
            ? !port_free(net, endpoint) || !bp_steer_claim_udp(net, endpoint->local_port)
            : !choose_port(net, endpoint))
        return -EADDRINUSE;
    endpoint->remote = BP_IP_ANY6;
    endpoint->remote_port = 0;
    endpoint->udp = net->udp;
    bp_list_init(&endpoint->by_peer);
    bp_list_add_head(bp_udp_port_bucket(net, endpoint->local_port), &endpoint->by_port);
    return 0;
}

void bp_udp_unbind(struct bp_udp_endpoint *endpoint)
{
    bp_udp_disconnect(endpoint);
    bp_list_del(&endpoint->by_port);
    bp_steer_release_udp(endpoint->udp->net, endpoint->local_port);
}

void bp_udp_connect(struct bp_net *net, struct bp_udp_endpoint *endpoint,
                    const struct bp_ip_path *path, u16 remote_port)
{
    endpoint->udp->connected += !connected(endpoint);
    endpoint->local = path->source;
    endpoint->remote = path->destination;
    endpoint->remote_port = remote_port;
    bp_list_del(&endpoint->by_peer);
    bp_list_add_head(peer_bucket(net, &endpoint->remote, remote_port, endpoint->local_port),
                     &endpoint->by_peer);
}

void bp_udp_disconnect(struct bp_udp_endpoint *endpoint)
{
    if (connected(endpoint))
        endpoint->udp->connected--;
    endpoint->remote = BP_IP_ANY6;
    endpoint->remote_port = 0;
    bp_list_del(&endpoint->by_peer);
}
