#include "net/ipv6_extension.h"

#include "net/icmp.h"
#include "net/ipv6.h"
#include "net/reassembly.h"

enum {
    OPTION_PAD1 = 0,
    OPTION_PADN = 1,
    OPTION_ROUTER_ALERT = 5,
    ROUTING_SEGMENTS_LEFT = 3, /* offset of the field */
    ROUTING_TYPE = 2,
};

struct chain {
    struct bp_net *net;
    struct bp_packet *packet; /* at the header to be looked at; NULL: gone */
    struct bp_ip_info *info;  /* protocol: what that header is */
    u32 next_at;              /* where that was said */
};

static bool drop(struct chain *chain, enum bp_drop reason)
{
    bp_net_drop(chain->net, chain->packet, reason);
    chain->packet = NULL;
    return false;
}

static bool drop_telling(struct chain *chain, enum bp_drop reason, u8 code, u32 pointer)
{
    bp_icmp_send_error(chain->net, chain->packet, chain->info, BP_ICMPV6_PARAMETER, code, pointer);
    return drop(chain, reason);
}

/* Bytes of a header in the common form, all in the first piece; 0: not whole. */
static u32 gather_header(struct bp_packet *packet)
{
    u32 length;

    if (!bp_packet_gather(packet, sizeof(struct bp_ipv6_extension)))
        return 0;
    length = (bp_packet_data(packet)[1] + 1u) * 8;
    return bp_packet_gather(packet, length) ? length : 0;
}

/* Past a header: the next one is that which its first byte names. */
static bool step(struct chain *chain, u32 length)
{
    const u8 *header = bp_packet_pull(chain->packet, length);

    chain->info->protocol = header[0];
    chain->next_at = chain->packet->l3_len;
    chain->packet->l3_len = (u16)(chain->packet->l3_len + length);
    return true;
}

/* What the two highest bits of an unknown option ask for (RFC 8200, 4.2). */
static bool unknown_option(struct chain *chain, u32 at)
{
    u8 action = bp_packet_data(chain->packet)[at] >> 6;

    if (action == 0)
        return true;
    if (action == 2 || (action == 3 && !chain->info->multicast))
        return drop_telling(chain, BP_DROP_IP_EXTENSIONS, BP_ICMPV6_UNKNOWN_OPTION,
                            chain->packet->l3_len + at);
    return drop(chain, BP_DROP_IP_EXTENSIONS);
}

static bool options(struct chain *chain)
{
    u32 length = gather_header(chain->packet), next;

    if (!length)
        return drop(chain, BP_DROP_IP_EXTENSIONS);
    for (u32 at = sizeof(struct bp_ipv6_extension); at < length; at = next) {
        const u8 *option = bp_packet_data(chain->packet) + at;

        next = at + 1;
        if (option[0] == OPTION_PAD1)
            continue;
        if (next == length || at + 2u + option[1] > length)
            return drop(chain, BP_DROP_IP_EXTENSIONS);
        next = at + 2u + option[1];
        if (option[0] != OPTION_PADN && option[0] != OPTION_ROUTER_ALERT &&
            !unknown_option(chain, at))
            return false;
    }
    return step(chain, length);
}

static bool unknown_header(struct chain *chain)
{
    return drop_telling(chain, BP_DROP_IP_EXTENSIONS, BP_ICMPV6_UNKNOWN_HEADER, chain->next_at);
}

static bool hop_options(struct chain *chain)
{
    /* Only ever the first. */
    return chain->packet->l3_len == sizeof(struct bp_ipv6_header) ? options(chain)
                                                                  : unknown_header(chain);
}

static bool routing(struct chain *chain)
{
    u32 length = gather_header(chain->packet);

    if (!length)
        return drop(chain, BP_DROP_IP_EXTENSIONS);
    if (bp_packet_data(chain->packet)[ROUTING_SEGMENTS_LEFT] != 0)
        return drop_telling(chain, BP_DROP_IP_SOURCE_ROUTE, BP_ICMPV6_ERRONEOUS_FIELD,
                            chain->packet->l3_len + ROUTING_TYPE);
    return step(chain, length);
}

static bool fragment(struct chain *chain)
{
    const struct bp_ipv6_fragment *header = (const void *)bp_packet_data(chain->packet);
    struct bp_fragment_info fragment;
    u16 field;

    if (!bp_packet_gather(chain->packet, sizeof(*header)) || chain->info->reassembled)
        return drop(chain, BP_DROP_IP_EXTENSIONS);
    field = bp_be16(header->offset_more);
    fragment =
        (struct bp_fragment_info){.id = header->id, .offset = field & 0xfff8, .more = field & 1};
    step(chain, sizeof(*header));
    if (!fragment.offset && !fragment.more) /* a datagram of its own (RFC 6946) */
        return true;
    chain->packet = bp_reassemble(chain->net, chain->packet, chain->info, &fragment);
    return chain->packet != NULL;
}

static bool none(struct chain *chain)
{
    bp_net_free(chain->net, chain->packet);
    chain->packet = NULL;
    return false;
}

static const struct {
    u8 type;
    bool (*pull)(struct chain *chain); /* false: the packet is gone */
} extensions[] = {
    {BP_IP_HOP_OPTIONS, hop_options},
    {BP_IP_DESTINATION_OPTIONS, options},
    {BP_IP_ROUTING, routing},
    {BP_IP_FRAGMENT, fragment},
    {BP_IP_NONE, none},
};

static int find_extension(u8 type)
{
    for (u32 i = 0; i < ARRAY_SIZE(extensions); i++)
        if (extensions[i].type == type)
            return (int)i;
    return -1;
}

bool bp_ipv6_pull_extensions(struct bp_net *net, struct bp_packet **packet, struct bp_ip_info *info,
                             u32 *next_at)
{
    struct chain chain = {.net = net,
                          .packet = *packet,
                          .info = info,
                          .next_at = offsetof(struct bp_ipv6_header, next_header)};
    int extension = find_extension(info->protocol);

    for (u32 count = 0; extension >= 0; extension = find_extension(info->protocol)) {
        if (++count > BP_IPV6_EXTENSIONS_MAX)
            return drop(&chain, BP_DROP_IP_EXTENSIONS);
        if (!extensions[extension].pull(&chain))
            return false;
    }
    *packet = chain.packet;
    *next_at = chain.next_at;
    return true;
}

int bp_ipv6_skip_extensions(const u8 *bytes, u32 len, u8 *next)
{
    u32 at = 0;

    for (u32 count = 0; find_extension(*next) >= 0; count++) {
        bool fragment = *next == BP_IP_FRAGMENT;

        if (*next == BP_IP_NONE || count == BP_IPV6_EXTENSIONS_MAX || len - at < 8)
            return -1;
        if (fragment && (bytes[at + 2] || bytes[at + 3] & 0xf8))
            return -1;
        *next = bytes[at];
        at += fragment ? 8 : (bytes[at + 1] + 1u) * 8;
        if (at > len)
            return -1;
    }
    return (int)at;
}
