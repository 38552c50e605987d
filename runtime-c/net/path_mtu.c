#include "net/path_mtu.h"

#include "net/ip.h"

static const u64 lifetime = 600ULL * 1000000000;

static u32 set_of(const struct bp_net *net, const struct bp_ip_addr *destination)
{
    return bp_ip_hash(destination, net->seed) % BP_PATH_MTU_SETS;
}

/* Forgets what is due, and waits for what is next. */
static void expire(struct bp_timer *timer)
{
    struct bp_net *net = container_of(timer, struct bp_net, path_mtus.timer);
    struct bp_path_mtu *entries = &net->path_mtus.sets[0][0];
    u64 next = UINT64_MAX;

    for (u32 i = 0; i < BP_NET_PATH_MTUS; i++) {
        if (!entries[i].mtu)
            continue;
        if (entries[i].expires <= net->now) {
            entries[i].mtu = 0;
            net->path_mtus.generation++;
        } else {
            next = BP_MIN(next, entries[i].expires);
        }
    }
    if (next != UINT64_MAX)
        bp_net_timer_arm(net, timer, next);
}

void bp_path_mtus_init(struct bp_net *net)
{
    net->path_mtus.generation = 1;
    bp_net_timer_init(&net->path_mtus.timer, expire);
}

void bp_path_mtus_stop(struct bp_net *net)
{
    bp_net_timer_cancel(net, &net->path_mtus.timer);
}

u16 bp_path_mtu_find(const struct bp_net *net, const struct bp_ip_addr *destination,
                     u16 interface_mtu)
{
    const struct bp_path_mtu *set = net->path_mtus.sets[set_of(net, destination)];

    for (u32 i = 0; i < BP_PATH_MTU_WAYS; i++)
        if (set[i].mtu && bp_ip_equal(&set[i].destination, destination))
            return BP_MIN(set[i].mtu, interface_mtu);
    return interface_mtu;
}

/* The destination's entry, or one that may become it: free, or the first to expire. */
static struct bp_path_mtu *entry_for(struct bp_net *net, const struct bp_ip_addr *destination)
{
    struct bp_path_mtu *set = net->path_mtus.sets[set_of(net, destination)], *best = &set[0];

    for (u32 i = 0; i < BP_PATH_MTU_WAYS; i++) {
        if (set[i].mtu && bp_ip_equal(&set[i].destination, destination))
            return &set[i];
        if (best->mtu && (!set[i].mtu || set[i].expires < best->expires))
            best = &set[i];
    }
    best->mtu = 0;
    return best;
}

void bp_path_mtu_learn(struct bp_net *net, const struct bp_ip_addr *destination, u32 mtu)
{
    u32 least = bp_ip_is_v4(destination) ? BP_IPV4_MIN_MTU : BP_IPV6_MIN_MTU;
    struct bp_path_mtu *entry = entry_for(net, destination);

    mtu = BP_MAX(mtu, least);
    if (mtu > UINT16_MAX || (entry->mtu && entry->mtu <= mtu))
        return;
    *entry = (struct bp_path_mtu){*destination, net->now + lifetime, (u16)mtu};
    net->path_mtus.generation++;
    if (!bp_timer_armed(&net->path_mtus.timer))
        bp_net_timer_arm(net, &net->path_mtus.timer, entry->expires);
}

void bp_ip_learn_mtu(struct bp_net *net, const struct bp_ip_error *error)
{
    if (error->kind == BP_IP_ERROR_TOO_BIG)
        bp_path_mtu_learn(net, &error->destination, error->mtu);
}
