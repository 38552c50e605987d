#include "net/arp.h"
#include "net/ip.h"
#include "net/ip_error.h"
#include "net/nd.h"

#include <errno.h>

enum {
    PROBES_MAX = 3, /* MAX_MULTICAST_SOLICIT, MAX_UNICAST_SOLICIT */
};

static const u64 second = 1000000000;
#define REACHABLE_TIME (30 * second)
#define DELAY_TIME (5 * second)
#define RETRANS_TIME second
#define FAILED_TIME second    /* no new question before */
#define CONTESTED_TIME second /* no new doubt because of a claim before */

static struct bp_list *bucket_of(struct bp_net *net, u16 interface, const struct bp_ip_addr *addr)
{
    u32 hash = bp_ip_hash(addr, bp_hash_mix(net->seed, interface));

    return &net->neighbours.buckets[hash % BP_NET_NEIGHBOURS];
}

struct bp_neighbour *bp_neighbour_find(struct bp_net *net, u16 interface,
                                       const struct bp_ip_addr *addr)
{
    struct bp_list *bucket = bucket_of(net, interface, addr);

    bp_list_for_each (node, bucket) {
        struct bp_neighbour *it = bp_list_entry(node, struct bp_neighbour, bucket);

        if (it->interface == interface && bp_ip_equal(&it->addr, addr))
            return it;
    }
    return NULL;
}

static void drop_queue(struct bp_net *net, struct bp_neighbour *entry, enum bp_drop reason)
{
    for (u32 i = 0; i < entry->queued; i++)
        bp_net_drop(net, entry->queue[i], reason);
    entry->queued = 0;
}

static void release(struct bp_net *net, struct bp_neighbour *entry)
{
    bp_net_timer_cancel(net, &entry->timer);
    drop_queue(net, entry, BP_DROP_NEIGHBOUR_FULL);
    bp_list_del(&entry->bucket);
    bp_list_del(&entry->turn);
    entry->state = BP_NEIGHBOUR_FREE;
    entry->generation++; /* paths that know it must look again */
    bp_list_add_tail(&net->neighbours.free, &entry->bucket);
}

/* Each used entry is passed over once, so this ends. Who never answered was never used. */
static void release_one(struct bp_net *net)
{
    for (;;) {
        struct bp_neighbour *entry =
            bp_list_first(&net->neighbours.turns, struct bp_neighbour, turn);

        if (!entry->used)
            return release(net, entry);
        entry->used = false;
        bp_list_del(&entry->turn);
        bp_list_add_tail(&net->neighbours.turns, &entry->turn);
    }
}

static void ask(struct bp_net *net, struct bp_neighbour *entry)
{
    struct bp_net_interface *interface = &net->interfaces[entry->interface];
    bool everyone = entry->state == BP_NEIGHBOUR_INCOMPLETE || entry->ask_all;

    entry->probes++;
    bp_net_timer_arm(net, &entry->timer, net->now + RETRANS_TIME);
    if (bp_ip_speaks_v4(&entry->addr))
        bp_arp_request(net, interface, bp_ip_v4(&entry->addr),
                       everyone ? bp_ether_broadcast : entry->mac);
    else
        bp_nd_solicit(net, interface, &entry->addr, everyone ? NULL : entry->mac);
}

static void set_state(struct bp_net *net, struct bp_neighbour *entry, enum bp_neighbour_state state)
{
    entry->state = (u8)state;
    entry->probes = 0;
    bp_net_timer_cancel(net, &entry->timer);
}

static void probe(struct bp_net *net, struct bp_neighbour *entry, bool ask_all)
{
    set_state(net, entry, BP_NEIGHBOUR_PROBE);
    entry->ask_all = ask_all;
    ask(net, entry);
}

/* Protocols hear of it, and may send again at once: the queue is ours alone by then. */
static void fail(struct bp_net *net, struct bp_neighbour *entry)
{
    struct bp_packet *queue[BP_NET_NEIGHBOUR_QUEUE];
    u16 interface = entry->interface;
    u32 queued = entry->queued;

    memcpy(queue, entry->queue, sizeof(queue));
    entry->queued = 0;
    set_state(net, entry, BP_NEIGHBOUR_FAILED);
    entry->until = net->now + FAILED_TIME;
    for (u32 i = 0; i < queued; i++) {
        bp_ip_report_unreachable(net, queue[i], interface);
        bp_net_drop(net, queue[i], BP_DROP_NEIGHBOUR_FAILED);
    }
}

static void on_timer(struct bp_timer *timer)
{
    struct bp_neighbour *entry = container_of(timer, struct bp_neighbour, timer);

    if (entry->state == BP_NEIGHBOUR_DELAY)
        probe(entry->net, entry, false);
    else if (entry->probes < PROBES_MAX)
        ask(entry->net, entry);
    else
        fail(entry->net, entry);
}

void bp_neighbours_init(struct bp_net *net)
{
    struct bp_neighbours *all = &net->neighbours;

    bp_list_init(&all->free);
    bp_list_init(&all->turns);
    for (u32 i = 0; i < BP_NET_NEIGHBOURS; i++) {
        bp_list_init(&all->buckets[i]);
        bp_list_add_tail(&all->free, &all->entries[i].bucket);
        bp_list_init(&all->entries[i].turn);
        bp_net_timer_init(&all->entries[i].timer, on_timer);
        all->entries[i].net = net;
    }
}

void bp_neighbours_stop(struct bp_net *net)
{
    struct bp_list *turns = &net->neighbours.turns;

    while (!bp_list_empty(turns))
        release(net, bp_list_first(turns, struct bp_neighbour, turn));
}

static struct bp_neighbour *add(struct bp_net *net, u16 interface, const struct bp_ip_addr *addr)
{
    struct bp_neighbour *entry;

    if (bp_list_empty(&net->neighbours.free))
        release_one(net);
    entry = bp_list_first(&net->neighbours.free, struct bp_neighbour, bucket);
    bp_list_del(&entry->bucket);
    entry->addr = *addr;
    entry->interface = interface;
    entry->contested = 0;
    entry->ask_all = false;
    set_state(net, entry, BP_NEIGHBOUR_FAILED);
    entry->until = net->now; /* may be asked at once */
    bp_list_add_tail(bucket_of(net, interface, addr), &entry->bucket);
    bp_list_add_tail(&net->neighbours.turns, &entry->turn);
    return entry;
}

static void reachable(struct bp_net *net, struct bp_neighbour *entry)
{
    set_state(net, entry, BP_NEIGHBOUR_REACHABLE);
    /* Random, so that questions do not fall into step (RFC 4861, 6.3.2). */
    entry->until = net->now + REACHABLE_TIME / 2 + bp_net_random(net) % REACHABLE_TIME;
}

static int send(struct bp_net *net, struct bp_neighbour *entry, struct bp_packet *packet)
{
    return bp_ether_output(net, &net->interfaces[entry->interface], packet, entry->mac,
                           bp_ether_type_of(packet));
}

static void resolved(struct bp_net *net, struct bp_neighbour *entry, const u8 mac[6])
{
    u32 queued = entry->queued;

    memcpy(entry->mac, mac, 6);
    reachable(net, entry);
    entry->queued = 0;
    for (u32 i = 0; i < queued; i++)
        send(net, entry, entry->queue[i]);
}

void bp_neighbour_claim(struct bp_net *net, u16 interface, const struct bp_ip_addr *addr,
                        const u8 mac[6], bool solicited)
{
    struct bp_neighbour *entry = bp_neighbour_find(net, interface, addr);

    if (!entry || entry->state == BP_NEIGHBOUR_FAILED || mac[0] & 1)
        return;
    if (entry->state == BP_NEIGHBOUR_INCOMPLETE || entry->state == BP_NEIGHBOUR_PROBE) {
        if (solicited)
            resolved(net, entry, mac);
        return;
    }
    if (memcmp(entry->mac, mac, 6) == 0) {
        if (solicited)
            reachable(net, entry);
    } else if (!entry->contested || net->now - entry->contested >= CONTESTED_TIME) {
        entry->contested = net->now;
        probe(net, entry, true);
    }
}

static int wait(struct bp_net *net, struct bp_neighbour *entry, struct bp_packet *packet)
{
    if (entry->queued == BP_NET_NEIGHBOUR_QUEUE) {
        bp_net_drop(net, entry->queue[0], BP_DROP_NEIGHBOUR_QUEUE);
        entry->queued--;
        memmove(&entry->queue[0], &entry->queue[1], entry->queued * sizeof(entry->queue[0]));
    }
    entry->queue[entry->queued++] = packet;
    return 0;
}

/* To an entry that is not, or no longer, known to be reachable. */
static int output_unsure(struct bp_net *net, struct bp_neighbour *entry, struct bp_packet *packet)
{
    switch (entry->state) {
    case BP_NEIGHBOUR_FAILED:
        if (net->now < entry->until) {
            bp_net_drop(net, packet, BP_DROP_NEIGHBOUR_FAILED);
            return -EHOSTUNREACH;
        }
        set_state(net, entry, BP_NEIGHBOUR_INCOMPLETE);
        wait(net, entry, packet);
        ask(net, entry);
        return 0;
    case BP_NEIGHBOUR_INCOMPLETE:
        return wait(net, entry, packet);
    case BP_NEIGHBOUR_REACHABLE:
    case BP_NEIGHBOUR_STALE:
        set_state(net, entry, BP_NEIGHBOUR_DELAY);
        bp_net_timer_arm(net, &entry->timer, net->now + DELAY_TIME);
    }
    entry->used = true;
    return send(net, entry, packet);
}

/* The path's entry: cached, found or made. */
static struct bp_neighbour *entry_of(struct bp_net *net, struct bp_ip_path *path)
{
    struct bp_neighbour *entry = path->neighbour;

    if (likely(entry && entry->generation == path->neighbour_generation))
        return entry;
    entry = bp_neighbour_find(net, path->interface, &path->next_hop);
    if (!entry)
        entry = add(net, path->interface, &path->next_hop);
    path->neighbour = entry;
    path->neighbour_generation = entry->generation;
    return entry;
}

int bp_neighbour_output(struct bp_net *net, struct bp_packet *packet, struct bp_ip_path *path)
{
    struct bp_neighbour *entry = entry_of(net, path);

    if (likely(entry->state == BP_NEIGHBOUR_REACHABLE && net->now < entry->until)) {
        entry->used = true;
        return send(net, entry, packet);
    }
    return output_unsure(net, entry, packet);
}

static struct bp_neighbour *resolved_entry(const struct bp_ip_path *path)
{
    struct bp_neighbour *entry = path->neighbour;

    if (!entry || entry->generation != path->neighbour_generation ||
        entry->state < BP_NEIGHBOUR_REACHABLE || entry->state == BP_NEIGHBOUR_FAILED)
        return NULL;
    return entry;
}

void bp_ip_confirm(struct bp_net *net, struct bp_ip_path *path)
{
    struct bp_neighbour *entry = resolved_entry(path);

    if (entry &&
        !(entry->state == BP_NEIGHBOUR_REACHABLE && net->now + REACHABLE_TIME / 2 < entry->until))
        reachable(net, entry);
}

void bp_ip_doubt(struct bp_net *net, struct bp_ip_path *path)
{
    struct bp_neighbour *entry = resolved_entry(path);

    if (entry && entry->state < BP_NEIGHBOUR_DELAY)
        set_state(net, entry, BP_NEIGHBOUR_STALE);
}
