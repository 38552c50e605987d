#include "net/igmp.h"

#include "net/checksum.h"
#include "net/group_report.h"

enum {
    QUERY = 0x11,
    V2_REPORT = 0x16,
    V2_LEAVE = 0x17,
    V3_REPORT = 0x22,
    V3_QUERY_LEAST = 12, /* bytes */
    V1_DELAY = 100,      /* tenths of a second */
    TOS_INTERNET_CONTROL = 0xc0,
};

static const u64 tenth = 100000000;

/* Version 2, and what a query of version 3 begins with. */
struct igmp {
    u8 type;
    u8 max_response; /* of a query */
    be16 checksum;
    be32 group;
} BP_WIRE;

/* A report of version 3 with one record and no sources. */
struct igmp3_report {
    u8 type, reserved;
    be16 checksum;
    be16 reserved2;
    be16 records;
    u8 record_type, auxiliary_length;
    be16 sources;
    be32 group;
} BP_WIRE;

static void send(struct bp_net *net, u16 interface, be32 destination, const void *message, u32 len)
{
    struct bp_ip_addr to = bp_ip_from_v4(destination);
    struct bp_packet *packet;
    struct bp_ip_path path;

    if (bp_ip_path_init(net, &path, NULL, &to, interface) != 0)
        return;
    packet = bp_net_alloc(net);
    if (!packet)
        return;
    memcpy(bp_packet_append(packet, len), message, len);
    path.flags |= BP_PATH_ROUTER_ALERT;
    bp_ip_output(net, packet, &path, BP_IP_IGMP, TOS_INTERNET_CONTROL, 1);
}

void bp_igmp_report(struct bp_net *net, const struct bp_group *group, enum bp_group_event event,
                    bool old_router)
{
    be32 addr = bp_ip_v4(&group->addr);
    const be32 all_routers = bp_be32(0xe0000002), v3_routers = bp_be32(0xe0000016);

    if (old_router) {
        bool left = event == BP_GROUP_LEFT;
        struct igmp message = {.type = left ? V2_LEAVE : V2_REPORT, .group = addr};

        message.checksum = bp_checksum(&message, sizeof(message));
        send(net, group->interface, left ? all_routers : addr, &message, sizeof(message));
    } else {
        struct igmp3_report message = {
            .type = V3_REPORT, .records = bp_be16(1), .record_type = (u8)event, .group = addr};

        message.checksum = bp_checksum(&message, sizeof(message));
        send(net, group->interface, v3_routers, &message, sizeof(message));
    }
}

/* RFC 3376, 4.1.1: large values have an exponent. */
static u32 max_response(u8 code)
{
    return code < 128 ? code : (u32)((code & 15) | 16) << ((code >> 4 & 7) + 3);
}

static void input_query(struct bp_net *net, const struct bp_packet *packet,
                        const struct bp_ip_info *info)
{
    const struct igmp *query = (const void *)bp_packet_data(packet);
    struct bp_ip_addr group = bp_ip_from_v4(query->group);
    bool old = packet->total < V3_QUERY_LEAST;
    u32 delay = old ? query->max_response : max_response(query->max_response);

    bp_group_queried(net, info->interface, false, query->group ? &group : NULL,
                     (delay ? delay : V1_DELAY) * tenth, old);
}

static void input(struct bp_net *net, struct bp_packet *packet, const struct bp_ip_info *info)
{
    if (info->v6 || info->ttl != 1 || !bp_packet_gather(packet, sizeof(struct igmp)) ||
        bp_sum_fold(bp_sum_packet(0, packet)) != 0xffff)
        return bp_net_drop(net, packet, BP_DROP_GROUP_MALFORMED);
    if (bp_packet_data(packet)[0] == QUERY)
        input_query(net, packet, info);
    bp_net_free(net, packet);
}

const struct bp_ip_protocol bp_igmp_protocol = {.input = input};
