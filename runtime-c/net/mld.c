#include "net/mld.h"

#include "net/group_report.h"
#include "net/icmp_internal.h"
#include "net/ip_route.h"

enum {
    V2_QUERY_LEAST = 28, /* bytes */
};

static const u64 millisecond = 1000000;

/* Version 1, and what a query of version 2 begins with. */
struct mld {
    struct bp_icmp_header icmp; /* rest: maximum response delay:16, reserved:16 */
    u8 group[16];
} BP_WIRE;

/* A report of version 2 with one record and no sources. */
struct mld2_report {
    struct bp_icmp_header icmp; /* rest: reserved:16, records:16 */
    u8 record_type, auxiliary_length;
    be16 sources;
    u8 group[16];
} BP_WIRE;

/* Hop-by-hop options: router alert for MLD (RFC 2711), padding. */
static const u8 router_alert[8] = {BP_IP_ICMPV6, 0, 5, 2, 0, 0, 1, 0};

static void send(struct bp_net *net, u16 interface, const struct bp_ip_addr *destination,
                 const void *message, u32 len)
{
    static const struct bp_ip_addr some_link_local = {.bytes = {0xfe, 0x80, [15] = 1}};
    const struct bp_net_address *own = bp_ip_source_for(net, interface, &some_link_local);
    struct bp_icmp_header *icmp;
    struct bp_packet *packet;
    struct bp_ip_path path;

    if (!own || bp_ip_path_init(net, &path, &own->prefix.addr, destination, interface) != 0)
        return;
    packet = bp_net_alloc(net);
    if (!packet)
        return;
    icmp = bp_packet_append(packet, len);
    memcpy(icmp, message, len);
    icmp->checksum = bp_icmpv6_checksum(packet, &path);
    memcpy(bp_packet_push(packet, sizeof(router_alert)), router_alert, sizeof(router_alert));
    bp_ip_output(net, packet, &path, BP_IP_HOP_OPTIONS, 0, 1);
}

void bp_mld_report(struct bp_net *net, const struct bp_group *group, enum bp_group_event event,
                   bool old_router)
{
    static const struct bp_ip_addr all_routers = {.bytes = {0xff, 2, [15] = 2}};
    static const struct bp_ip_addr v2_routers = {.bytes = {0xff, 2, [15] = 0x16}};

    if (old_router) {
        bool left = event == BP_GROUP_LEFT;
        struct mld message = {.icmp = {.type = left ? BP_ICMPV6_MLD_DONE : BP_ICMPV6_MLD_REPORT}};

        memcpy(message.group, group->addr.bytes, 16);
        send(net, group->interface, left ? &all_routers : &group->addr, &message, sizeof(message));
    } else {
        struct mld2_report message = {.icmp = {.type = BP_ICMPV6_MLD2_REPORT, .rest = bp_be32(1)},
                                      .record_type = (u8)event};

        memcpy(message.group, group->addr.bytes, 16);
        send(net, group->interface, &v2_routers, &message, sizeof(message));
    }
}

/* RFC 3810, 5.1.3: large values have an exponent. */
static u32 max_response(u16 code)
{
    return code < 32768 ? code : (u32)((code & 0xfff) | 0x1000) << ((code >> 12 & 7) + 3);
}

void bp_mld_input_query(struct bp_net *net, struct bp_packet *packet, const struct bp_ip_info *info)
{
    const struct mld *query = (const void *)bp_packet_data(packet);
    struct bp_ip_addr group;
    u32 delay;
    bool old;

    if (info->ttl != 1 || !bp_ip_is_link_local(&info->source) ||
        !bp_packet_gather(packet, sizeof(*query)))
        return bp_net_drop(net, packet, BP_DROP_GROUP_MALFORMED);
    group = bp_ip_from_v6(query->group);
    old = packet->total < V2_QUERY_LEAST;
    delay = bp_be32(query->icmp.rest) >> 16;
    if (!old)
        delay = max_response((u16)delay);
    bp_group_queried(net, info->interface, true, bp_ip_is_any(&group) ? NULL : &group,
                     BP_MAX(delay, 1u) * millisecond, old);
    bp_net_free(net, packet);
}
