#include "net/frame_flow.h"

#include "net/wire.h"

enum {
    EXTENSIONS_MAX = 8, /* looked through for the transport header */
    PORTS = 4,          /* bytes */
};

/* What is left of the first piece. */
struct view {
    const u8 *at;
    u32 len;
};

static bool skip(struct view *view, u32 bytes)
{
    if (view->len < bytes)
        return false;
    view->at += bytes;
    view->len -= bytes;
    return true;
}

static void add(struct bp_frame_flow *flow, const void *bytes, u32 len)
{
    memcpy(flow->input + flow->bytes, bytes, len);
    flow->bytes = (u8)(flow->bytes + len);
}

static bool add_ports(struct bp_frame_flow *flow, const struct view *view)
{
    be16 destination;

    if ((flow->protocol != BP_IP_TCP && flow->protocol != BP_IP_UDP) || view->len < PORTS)
        return false;
    add(flow, view->at, PORTS);
    memcpy(&destination, view->at + 2, sizeof(destination));
    flow->local_port = bp_be16(destination);
    return true;
}

static bool of_ipv4(struct bp_frame_flow *flow, struct view *view)
{
    const struct bp_ipv4_header *header = (const void *)view->at;

    if (view->len < sizeof(*header))
        return false;
    add(flow, &header->source, 8);
    flow->protocol = header->protocol;
    if (header->fragment & bp_be16(BP_IPV4_MF | BP_IPV4_OFFSET_MASK))
        return true;
    flow->plain = true;
    return skip(view, (header->version_ihl & 15) * 4u) && add_ports(flow, view);
}

static bool is_extension(u8 header)
{
    return header == BP_IP_HOP_OPTIONS || header == BP_IP_ROUTING ||
           header == BP_IP_DESTINATION_OPTIONS;
}

static bool of_ipv6(struct bp_frame_flow *flow, struct view *view)
{
    const struct bp_ipv6_header *header = (const void *)view->at;

    if (!skip(view, sizeof(*header)))
        return false;
    add(flow, header->source, 32);
    flow->protocol = header->next_header;
    flow->plain = !is_extension(flow->protocol);
    for (u32 i = 0; is_extension(flow->protocol); i++) {
        const struct bp_ipv6_extension *extension = (const void *)view->at;

        if (i == EXTENSIONS_MAX || view->len < sizeof(*extension))
            return false;
        flow->protocol = extension->next_header;
        if (!skip(view, (extension->length + 1u) * 8))
            return false;
    }
    if (flow->protocol != BP_IP_FRAGMENT)
        return add_ports(flow, view);
    flow->plain = false;
    return true;
}

bool bp_frame_flow(const struct bp_packet *frame, struct bp_frame_flow *flow)
{
    const struct bp_ether_header *ether = (const void *)bp_packet_data(frame);
    struct view view = {.at = bp_packet_data(frame), .len = frame->len};
    be16 type;

    flow->bytes = 0;
    flow->local_port = 0;
    flow->plain = false;
    if (!skip(&view, sizeof(*ether)) || ether->destination[0] & 1)
        return false;
    type = ether->type;
    if (unlikely(type == bp_be16(BP_ETHER_VLAN))) {
        const struct bp_vlan_tag *tag = (const void *)view.at;

        if (!skip(&view, sizeof(*tag)))
            return false;
        type = tag->type;
    }
    if (type == bp_be16(BP_ETHER_IPV4))
        return of_ipv4(flow, &view);
    return type == bp_be16(BP_ETHER_IPV6) && of_ipv6(flow, &view);
}
