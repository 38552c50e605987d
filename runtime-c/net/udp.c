#include "net/udp_table.h"

#include "net/checksum.h"
#include "net/steer.h"

#include <errno.h>

enum {
    PAYLOAD_MAX = 65535 - sizeof(struct bp_udp_header),
};

/* Checks the header, cuts what is behind the datagram off. */
static bool datagram_valid(struct bp_packet *packet, const struct bp_ip_info *info,
                           enum bp_drop *reason)
{
    const struct bp_udp_header *header = (const void *)bp_packet_data(packet);
    u32 length;
    u64 sum;

    *reason = BP_DROP_UDP_MALFORMED;
    if (!bp_packet_gather(packet, sizeof(*header)))
        return false;
    length = bp_be16(header->length);
    if (length < sizeof(*header) || length > packet->total || !header->destination)
        return false;
    bp_packet_trim(packet, length);
    *reason = BP_DROP_UDP_CHECKSUM;
    if (bp_packet_l4_is_bad(packet))
        return false;
    if (!header->checksum) /* none, which only IPv4 allows */
        return !info->v6;
    if (packet->flags & BP_PACKET_L4_CHECKED)
        return true;
    sum = bp_sum_pseudo(&info->source, &info->destination, BP_IP_UDP, length);
    return bp_sum_fold(bp_sum_packet(sum, packet)) == 0xffff;
}

static void deliver(struct bp_udp_endpoint *endpoint, const struct bp_packet *payload,
                    const struct bp_ip_info *info, u16 port)
{
    struct bp_udp_source source = {.port = port, .info = info};

    endpoint->handlers->receive(endpoint, payload, &source);
}

/* To everyone who wants it. A handler may unbind its own endpoint, not others: hence the safe walk.
 */
static bool deliver_to_all(struct bp_net *net, const struct bp_packet *payload,
                           const struct bp_ip_info *info, const struct bp_udp_flow *flow)
{
    struct bp_list *bucket = bp_udp_port_bucket(net, flow->local_port);
    bool any = false;

    bp_list_for_each_safe (node, bucket) {
        struct bp_udp_endpoint *it = bp_list_entry(node, struct bp_udp_endpoint, by_port);

        if (!bp_udp_takes(it, flow))
            continue;
        deliver(it, payload, info, flow->remote_port);
        any = true;
    }
    return any;
}

static void input(struct bp_net *net, struct bp_packet *packet, const struct bp_ip_info *info)
{
    const struct bp_udp_header *header = (const void *)bp_packet_data(packet);
    struct bp_udp_endpoint *endpoint;
    struct bp_udp_flow flow;
    enum bp_drop reason;

    if (!datagram_valid(packet, info, &reason))
        return bp_net_drop(net, packet, reason);
    flow = (struct bp_udp_flow){.local = info->destination,
                                .remote = info->source,
                                .local_port = bp_be16(header->destination),
                                .remote_port = bp_be16(header->source),
                                .interface = info->interface};
    if (info->multicast || info->broadcast) {
        bp_packet_pull(packet, sizeof(*header));
        if (!deliver_to_all(net, packet, info, &flow))
            bp_net_count_drop(net, BP_DROP_UDP_PORT);
        return bp_net_free(net, packet);
    }
    endpoint = bp_udp_find(net, &flow);
    if (!endpoint && bp_steer_pass_on(net, bp_steer_udp_owner(net, flow.local_port), packet, info))
        return;
    if (!endpoint) {
        bp_net_count_drop(net, BP_DROP_UDP_PORT);
        return bp_ip_port_unreachable(net, packet, info);
    }
    bp_packet_pull(packet, sizeof(*header));
    deliver(endpoint, packet, info, flow.remote_port);
    bp_net_free(net, packet);
}

static void error(struct bp_net *net, const struct bp_ip_error *news)
{
    const struct bp_udp_header *header = (const void *)news->transport;
    struct bp_udp_flow flow = {.local = news->source,
                               .remote = news->destination,
                               .local_port = bp_be16(header->source),
                               .remote_port = bp_be16(header->destination),
                               .interface = news->interface};
    struct bp_udp_endpoint *endpoint = bp_udp_find(net, &flow);

    if (!endpoint)
        return;
    bp_ip_learn_mtu(net, news);
    endpoint->handlers->error(endpoint, news);
}

static const struct bp_ip_protocol protocol = {.input = input, .error = error};

void bp_udp_init(struct bp_net *net, struct bp_udp *udp)
{
    for (u32 i = 0; i < BP_NET_UDP_BUCKETS; i++) {
        bp_list_init(&udp->by_port[i]);
        bp_list_init(&udp->by_peer[i]);
    }
    udp->net = net;
    net->udp = udp;
    bp_ip_register(net, BP_IP_UDP, &protocol);
}

int bp_udp_output(struct bp_net *net, struct bp_packet *packet, struct bp_ip_path *path,
                  u16 source_port, u16 destination_port, u8 tos, u8 ttl)
{
    struct bp_udp_header *header;
    u64 word;

    if (packet->total > PAYLOAD_MAX) {
        bp_net_drop(net, packet, BP_DROP_TOO_BIG);
        return -EMSGSIZE;
    }
    if (bp_packet_headroom(packet) < sizeof(*header)) {
        bp_net_drop(net, packet, BP_DROP_NO_HEADROOM);
        return -ENOBUFS;
    }
    header = bp_packet_push(packet, sizeof(*header));
    /* In one go: it is read again as a whole for its sum. */
    word = bp_be16(source_port) | (u64)bp_be16(destination_port) << 16 |
           (u64)bp_be16((u16)packet->total) << 32;
    memcpy(header, &word, sizeof(*header));
    packet->l4_len = sizeof(*header);
    bp_ip_fill_checksum(net, packet, path, BP_IP_UDP, offsetof(struct bp_udp_header, checksum));
    /* 0 would say that there is none. */
    if (!header->checksum && !(packet->flags & BP_PACKET_FILL_L4))
        header->checksum = 0xffff;
    return bp_ip_output(net, packet, path, BP_IP_UDP, tos, ttl);
}
