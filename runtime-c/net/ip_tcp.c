#include "net/ip_tcp.h"

#include "net/checksum.h"
#include "net/steer.h"

enum {
    CHECKSUM_OFFSET = 16, /* in the TCP header */
};

/* ---- Paths ------------------------------------------------------------------------------- */

/* The way from local (NULL: any) to remote; NULL: there is none. */
static struct bp_ip_path *path_to(struct bp_ip_tcp *ip, const struct bp_ip_addr *local,
                                  const struct bp_ip_addr *remote, int *err)
{
    u32 hash = bp_ip_hash(remote, ip->net->seed);
    struct bp_ip_path *path = &ip->paths[hash % BP_IP_TCP_PATHS];

    if (bp_ip_equal(&path->destination, remote) && (!local || bp_ip_equal(&path->source, local)))
        return path;
    *path = (struct bp_ip_path){0};
    *err = bp_ip_path_init(ip->net, path, local, remote, BP_NET_ANY_INTERFACE);
    if (!*err)
        return path;
    *path = (struct bp_ip_path){0};
    return NULL;
}

/* ---- Out --------------------------------------------------------------------------------- */

static struct bp_packet *alloc(void *wire, const struct bp_ip_addr *remote)
{
    struct bp_ip_tcp *ip = wire;

    (void)remote;
    return bp_net_alloc(ip->net);
}

static void free_packet(void *wire, struct bp_packet *packet)
{
    struct bp_ip_tcp *ip = wire;

    bp_net_free(ip->net, packet);
}

/* What cannot be sent is lost on the way: TCP repairs it. */
static void output(void *wire, struct bp_packet *packet, const struct bp_tcp_key *key,
                   const struct bp_tcp_path *options)
{
    struct bp_ip_tcp *ip = wire;
    int err = 0;
    struct bp_ip_path *path = path_to(ip, &key->local, &key->remote, &err);

    if (!path) {
        bp_net_drop(ip->net, packet, BP_DROP_NO_ROUTE);
        return;
    }
    bp_ip_fill_checksum(ip->net, packet, path, BP_IP_TCP, CHECKSUM_OFFSET);
    bp_ip_output(ip->net, packet, path, BP_IP_TCP, options->tos, options->ttl);
}

static bool full(void *wire, const struct bp_tcp_key *key)
{
    struct bp_ip_tcp *ip = wire;
    struct bp_ip_path *path;
    int err;

    if (likely(!ip->net->tx_full))
        return false;
    path = path_to(ip, &key->local, &key->remote, &err);
    return path && ip->net->interfaces[path->interface].tx->full;
}

static int route(void *wire, const struct bp_ip_addr *remote, struct bp_tcp_route *found)
{
    struct bp_ip_tcp *ip = wire;
    int err = 0;
    struct bp_ip_path *path = path_to(ip, NULL, remote, &err);

    if (!path)
        return err;
    *found = (struct bp_tcp_route){
        .local = path->source,
        .mtu = (u16)bp_ip_mtu(ip->net, path),
        .offloads = bp_ip_can_segment(ip->net, path) ? BP_DEVICE_TSO | BP_DEVICE_TX_CHAIN : 0,
    };
    return 0;
}

static bool port_usable(void *wire, const struct bp_tcp_key *key)
{
    struct bp_ip_tcp *ip = wire;

    return bp_steer_owner(ip->net, key) == ip->net->worker;
}

static const struct bp_tcp_wire_ops wire_ops = {
    .alloc = alloc,
    .free = free_packet,
    .output = output,
    .full = full,
    .route = route,
    .port_usable = port_usable,
};

/* ---- In ---------------------------------------------------------------------------------- */

static bool checksum_holds(const struct bp_packet *packet, const struct bp_ip_info *info)
{
    u64 sum;

    if (packet->flags & (BP_PACKET_L4_CHECKED | BP_PACKET_L4_BAD))
        return !bp_packet_l4_is_bad(packet);
    sum = bp_sum_pseudo(&info->source, &info->destination, BP_IP_TCP, packet->total);
    return bp_sum_fold(bp_sum_packet(sum, packet)) == 0xffff;
}

static struct bp_ip_tcp *of_net(struct bp_net *net)
{
    return container_of(net->tcp, struct bp_ip_tcp, tcp);
}

/* RFC 9293, 3.9.2.3: TCP speaks to single hosts only. */
static void input(struct bp_net *net, struct bp_packet *packet, const struct bp_ip_info *info)
{
    struct bp_ip_tcp *ip = of_net(net);

    if (info->multicast || info->broadcast) {
        bp_net_drop(net, packet, BP_DROP_TCP_DESTINATION);
        return;
    }
    if (!checksum_holds(packet, info)) {
        ip->tcp.stats.InErrs++;
        bp_net_drop(net, packet, BP_DROP_TCP_CHECKSUM);
        return;
    }
    if (unlikely(info->reassembled) && bp_steer_reassembled(net, packet, info))
        return;
    bp_packet_gather(packet, BP_MIN(packet->total, (u32)BP_TCP_HEADER_MAX));
    if (net->burst)
        bp_tcp_input_burst(&ip->tcp, packet, &info->source, &info->destination, info->tos);
    else
        bp_tcp_input(&ip->tcp, packet, &info->source, &info->destination, info->tos);
}

/* A path is narrowed only by who quotes what we have in flight. */
static void error(struct bp_net *net, const struct bp_ip_error *error)
{
    struct bp_ip_tcp *ip = of_net(net);

    if (error->kind != BP_IP_ERROR_TOO_BIG)
        bp_tcp_unreachable(&ip->tcp, &error->source, &error->destination, error->transport,
                           -error->error);
    else if (bp_tcp_too_big(&ip->tcp, &error->source, &error->destination, error->transport,
                            error->mtu))
        bp_ip_learn_mtu(net, error);
}

static void burst_over(struct bp_net *net)
{
    bp_tcp_settle(&of_net(net)->tcp);
}

static const struct bp_ip_protocol protocol = {
    .input = input, .error = error, .burst_over = burst_over};

/* ---- The whole --------------------------------------------------------------------------- */

void bp_ip_tcp_init(struct bp_ip_tcp *ip, struct bp_net *net, struct bp_tcp_config *config)
{
    ip->net = net;
    config->wire_ops = &wire_ops;
    config->wire = ip;
    bp_tcp_init(&ip->tcp, config, net->now);
    net->tcp = &ip->tcp;
    bp_ip_register(net, BP_IP_TCP, &protocol);
}

void bp_ip_tcp_poll(struct bp_ip_tcp *ip, u64 now)
{
    bp_tcp_advance(&ip->tcp, now);
    bp_tcp_flush(&ip->tcp);
}
