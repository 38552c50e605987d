/* bp_net_concerns_all: a look at a frame from outside, before any stack has it. */
#include "net/icmp.h"
#include "net/net.h"

enum {
    ARP_OPERATION = 6, /* offset of the field */
    ARP_REPLY = 2,
};

/* What is left of the first piece. */
struct view {
    const u8 *at;
    u32 len;
    bool group; /* the frame is for several stations */
};

static bool skip(struct view *view, u32 bytes)
{
    if (view->len < bytes)
        return false;
    view->at += bytes;
    view->len -= bytes;
    return true;
}

static bool arp_concerns_all(struct view view)
{
    return skip(&view, ARP_OPERATION) && view.len >= 2 && view.at[0] == 0 &&
           view.at[1] == ARP_REPLY;
}

static bool ipv4_concerns_all(struct view view)
{
    const struct bp_ipv4_header *header = (const void *)view.at;

    if (view.len < sizeof(*header))
        return false;
    if (header->protocol != BP_IP_ICMP)
        return view.group;
    if (!skip(&view, (header->version_ihl & 15) * 4u) || !view.len)
        return false;
    return view.at[0] == BP_ICMP_UNREACHABLE || view.at[0] == BP_ICMP_TIME_EXCEEDED ||
           view.at[0] == BP_ICMP_PARAMETER;
}

/* MLD's queries come behind an extension header: groups' packets with one are for all. */
static bool ipv6_concerns_all(struct view view)
{
    const struct bp_ipv6_header *header = (const void *)view.at;

    if (view.len < sizeof(*header))
        return false;
    if (header->next_header != BP_IP_ICMPV6)
        return view.group;
    if (!skip(&view, sizeof(*header)) || !view.len)
        return false;
    return view.at[0] < BP_ICMPV6_ECHO || view.at[0] == BP_ICMPV6_ADVERT;
}

static const struct {
    u16 type;
    bool (*concerns_all)(struct view view);
} types[] = {
    {BP_ETHER_ARP, arp_concerns_all},
    {BP_ETHER_IPV4, ipv4_concerns_all},
    {BP_ETHER_IPV6, ipv6_concerns_all},
};

bool bp_net_concerns_all(const struct bp_packet *frame)
{
    const struct bp_ether_header *header = (const void *)bp_packet_data(frame);
    struct view view = {.at = bp_packet_data(frame), .len = frame->len};
    u16 type;

    if (!skip(&view, sizeof(*header)))
        return false;
    view.group = header->destination[0] & 1;
    type = bp_be16(header->type);
    if (type == BP_ETHER_VLAN) {
        const struct bp_vlan_tag *tag = (const void *)view.at;

        if (!skip(&view, sizeof(*tag)))
            return false;
        type = bp_be16(tag->type);
    }
    for (u32 i = 0; i < ARRAY_SIZE(types); i++)
        if (types[i].type == type)
            return types[i].concerns_all(view);
    return false;
}
