#include "net/reassembly.h"

#include "net/icmp.h"
#include "net/ip.h"
#include "net/ipv6.h"

enum {
    DATAGRAM_MAX = 65535,
    ECN_CE = 3,
};

/* RFC 8200 asks for 60 seconds, Linux takes 30 for IPv4; memory speaks for the shorter. */
static const u64 lifetime = 30ULL * 1000000000;

static void free_fragment(struct bp_reassembly *all, struct bp_fragment *fragment)
{
    fragment->packet = NULL;
    fragment->next = all->free_fragments;
    all->free_fragments = fragment;
}

/* Gives the fragments back, each counted with the reason. */
static void drop_fragments(struct bp_net *net, struct bp_datagram *datagram, enum bp_drop reason)
{
    struct bp_fragment *next;

    for (struct bp_fragment *it = datagram->head; it; it = next) {
        next = it->next;
        bp_net_drop(net, it->packet, reason);
        free_fragment(&net->reassembly, it);
    }
    datagram->head = NULL;
}

static void free_datagram(struct bp_reassembly *all, struct bp_datagram *datagram)
{
    bp_list_del(&datagram->node);
    bp_list_add_tail(&all->free, &datagram->node);
}

/* The sender learns of it if it can know which packet was meant (RFC 792, RFC 4443 3.3). */
static void tell_sender(struct bp_net *net, const struct bp_datagram *datagram)
{
    bool v6 = !bp_ip_is_v4(&datagram->source);
    struct bp_ip_info info = {.source = datagram->source,
                              .destination = datagram->destination,
                              .interface = datagram->interface,
                              .protocol = datagram->protocol,
                              .multicast = bp_ip_is_multicast(&datagram->destination),
                              .v6 = v6};

    if (datagram->head && datagram->head->offset == 0)
        bp_icmp_send_error(net, datagram->head->packet, &info,
                           v6 ? BP_ICMPV6_TIME_EXCEEDED : BP_ICMP_TIME_EXCEEDED,
                           BP_ICMP_REASSEMBLY_TIME, 0);
}

static void expire(struct bp_timer *timer)
{
    struct bp_net *net = container_of(timer, struct bp_net, reassembly.timer);
    struct bp_reassembly *all = &net->reassembly;

    while (!bp_list_empty(&all->pending)) {
        struct bp_datagram *oldest = bp_list_first(&all->pending, struct bp_datagram, node);

        if (oldest->expires > net->now)
            return bp_net_timer_arm(net, timer, oldest->expires);
        tell_sender(net, oldest);
        drop_fragments(net, oldest, BP_DROP_FRAGMENT_TIMEOUT);
        free_datagram(all, oldest);
    }
}

void bp_reassembly_init(struct bp_net *net)
{
    struct bp_reassembly *all = &net->reassembly;

    bp_list_init(&all->pending);
    bp_list_init(&all->free);
    bp_net_timer_init(&all->timer, expire);
    for (u32 i = 0; i < BP_NET_REASSEMBLIES; i++)
        bp_list_add_tail(&all->free, &all->datagrams[i].node);
    for (u32 i = 0; i < BP_NET_FRAGMENTS; i++)
        free_fragment(all, &all->fragments[i]);
}

static void evict_oldest(struct bp_net *net)
{
    struct bp_datagram *oldest = bp_list_first(&net->reassembly.pending, struct bp_datagram, node);

    drop_fragments(net, oldest, BP_DROP_FRAGMENT_LIMIT);
    free_datagram(&net->reassembly, oldest);
}

void bp_reassembly_stop(struct bp_net *net)
{
    while (!bp_list_empty(&net->reassembly.pending))
        evict_oldest(net);
    bp_net_timer_cancel(net, &net->reassembly.timer);
}

static struct bp_datagram *find(struct bp_reassembly *all, const struct bp_ip_info *info, u32 id)
{
    bp_list_for_each (node, &all->pending) {
        struct bp_datagram *it = bp_list_entry(node, struct bp_datagram, node);

        if (it->id == id && bp_ip_equal(&it->source, &info->source) &&
            bp_ip_equal(&it->destination, &info->destination) &&
            (info->v6 || it->protocol == info->protocol))
            return it;
    }
    return NULL;
}

static struct bp_datagram *begin(struct bp_net *net, const struct bp_ip_info *info, u32 id)
{
    struct bp_reassembly *all = &net->reassembly;
    struct bp_datagram *datagram;

    if (bp_list_empty(&all->free))
        evict_oldest(net);
    datagram = bp_list_first(&all->free, struct bp_datagram, node);
    bp_list_del(&datagram->node);
    *datagram = (struct bp_datagram){.source = info->source,
                                     .destination = info->destination,
                                     .id = id,
                                     .protocol = info->protocol,
                                     .interface = info->interface,
                                     .expires = net->now + lifetime};
    bp_list_add_tail(&all->pending, &datagram->node);
    if (!bp_timer_armed(&all->timer))
        bp_net_timer_arm(net, &all->timer, datagram->expires);
    return datagram;
}

/* The least of a transport header that a first fragment must hold, so that no filter, and no
 * protocol, ever sees a header in two halves (RFC 1858, RFC 7112). */
static bool first_is_whole(const struct bp_packet *packet, const struct bp_ip_info *info)
{
    u8 protocol = info->protocol;
    int transport = 0;
    u32 least;

    if (info->v6)
        transport = bp_ipv6_skip_extensions(bp_packet_data(packet), packet->len, &protocol);
    least = protocol == BP_IP_TCP ? 20 : 8;
    return transport >= 0 && packet->total >= (u32)transport + least;
}

/* What can be said against a fragment alone; false: nothing. */
static bool refuse(const struct bp_packet *packet, const struct bp_ip_info *info,
                   const struct bp_fragment_info *fragment, enum bp_drop *reason)
{
    u32 header = info->v6 ? 0 : packet->l3_len; /* IPv4's total length counts it */

    *reason = BP_DROP_FRAGMENT_MALFORMED;
    if (!packet->total || (fragment->more && packet->total % 8) ||
        fragment->offset + packet->total + header > DATAGRAM_MAX)
        return true;
    *reason = BP_DROP_FRAGMENT_TINY;
    return fragment->offset == 0 && !first_is_whole(packet, info);
}

enum placing {
    PLACED,
    DUPLICATE, /* of exactly the same bytes' range: the network may do that */
    OVERLAP,
};

/* Finds the place by offset: *where is the link to the fragment behind it. */
static enum placing find_place(struct bp_datagram *datagram, u32 offset, u32 end, bool last,
                               struct bp_fragment ***where)
{
    struct bp_fragment **link = &datagram->head;

    while (*link && (*link)->end <= offset)
        link = &(*link)->next;
    *where = link;
    if (*link && (*link)->offset == offset && (*link)->end == end)
        return DUPLICATE;
    if (*link && ((*link)->offset < end || last))
        return OVERLAP;
    if (datagram->size && (end > datagram->size || last))
        return OVERLAP;
    return PLACED;
}

static struct bp_fragment *take_fragment(struct bp_net *net, struct bp_datagram *keep)
{
    struct bp_reassembly *all = &net->reassembly;
    struct bp_fragment *fragment;

    while (!all->free_fragments && bp_list_first(&all->pending, struct bp_datagram, node) != keep)
        evict_oldest(net);
    fragment = all->free_fragments;
    if (fragment)
        all->free_fragments = fragment->next;
    return fragment;
}

static void give_up(struct bp_net *net, struct bp_datagram *datagram, enum bp_drop reason)
{
    drop_fragments(net, datagram, reason);
    datagram->given_up = true;
}

/* Chains the pieces and forgets the datagram. */
static struct bp_packet *join(struct bp_net *net, struct bp_datagram *datagram)
{
    struct bp_packet *whole = datagram->head->packet, *last = NULL;
    struct bp_fragment *next;

    for (struct bp_fragment *it = datagram->head; it; it = next) {
        next = it->next;
        if (last)
            last->next = it->packet;
        for (last = it->packet; last->next; last = last->next)
            ;
        free_fragment(&net->reassembly, it);
    }
    whole->total = datagram->size;
    /* The hardware has seen fragments only. */
    whole->flags &= ~(u64)(BP_PACKET_L4_CHECKED | BP_PACKET_L4_BAD);
    free_datagram(&net->reassembly, datagram);
    return whole;
}

/* Puts the fragment into its datagram; false: the packet was dropped. */
static bool place(struct bp_net *net, struct bp_datagram *datagram, struct bp_packet *packet,
                  const struct bp_fragment_info *info)
{
    u32 end = info->offset + packet->total;
    struct bp_fragment **link, *fragment;
    enum placing placing = find_place(datagram, info->offset, end, !info->more, &link);

    if (placing != PLACED) {
        if (placing == OVERLAP)
            give_up(net, datagram, BP_DROP_FRAGMENT_OVERLAP);
        bp_net_drop(net, packet, BP_DROP_FRAGMENT_OVERLAP);
        return false;
    }
    fragment = take_fragment(net, datagram);
    if (!fragment) {
        give_up(net, datagram, BP_DROP_FRAGMENT_LIMIT);
        bp_net_drop(net, packet, BP_DROP_FRAGMENT_LIMIT);
        return false;
    }
    *fragment = (struct bp_fragment){packet, *link, info->offset, end};
    *link = fragment;
    datagram->have += packet->total;
    if (!info->more)
        datagram->size = end;
    return true;
}

struct bp_packet *bp_reassemble(struct bp_net *net, struct bp_packet *packet,
                                struct bp_ip_info *info, const struct bp_fragment_info *fragment)
{
    struct bp_datagram *datagram;
    enum bp_drop reason;

    if (refuse(packet, info, fragment, &reason)) {
        bp_net_drop(net, packet, reason);
        return NULL;
    }
    datagram = find(&net->reassembly, info, fragment->id);
    if (!datagram)
        datagram = begin(net, info, fragment->id);
    if (datagram->given_up) {
        bp_net_drop(net, packet, BP_DROP_FRAGMENT_OVERLAP);
        return NULL;
    }
    if (fragment->offset == 0)
        datagram->protocol = info->protocol;
    datagram->congested |= (info->tos & ECN_CE) == ECN_CE;
    if (!place(net, datagram, packet, fragment) || datagram->have != datagram->size)
        return NULL;
    info->protocol = datagram->protocol;
    if (datagram->congested)
        info->tos |= ECN_CE;
    info->reassembled = true;
    return join(net, datagram);
}
