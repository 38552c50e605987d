#include "net/group.h"

#include "net/group_report.h"
#include "net/igmp.h"
#include "net/ip_route.h"
#include "net/ipv6.h"

#include <errno.h>

enum {
    RESENDS = 1, /* the robustness variable, less the first */
};

static const u64 second = 1000000000;
#define UNSOLICITED_INTERVAL second
/* "Older version querier present": robustness x query interval + a response's delay. */
#define OLD_ROUTER_TIME (260 * second)

/* 224.0.0.1, ff01::1 and ff02::1. */
static bool is_all_hosts(const struct bp_ip_addr *group)
{
    static const u8 v6[16] = {0xff, 0, [15] = 1};

    if (bp_ip_is_v4(group))
        return bp_ip_v4(group) == bp_be32(0xe0000001);
    return (group->bytes[1] == 1 || group->bytes[1] == 2) &&
           memcmp(group->bytes + 2, v6 + 2, 14) == 0;
}

static struct bp_group *find(struct bp_net *net, u16 interface, const struct bp_ip_addr *group)
{
    for (u32 i = 0; i < BP_NET_GROUPS; i++) {
        struct bp_group *it = &net->groups.entries[i];

        if (it->users && it->interface == interface && bp_ip_equal(&it->addr, group))
            return it;
    }
    return NULL;
}

bool bp_group_is_member(const struct bp_net *net, u16 interface, const struct bp_ip_addr *group)
{
    return is_all_hosts(group) || find((struct bp_net *)net, interface, group);
}

static void report(struct bp_net *net, const struct bp_group *group, enum bp_group_event event)
{
    const struct bp_group_routers *routers = &net->groups.routers[group->interface];

    if (bp_ip_is_v4(&group->addr))
        bp_igmp_report(net, group, event, net->now < routers->old_until_v4);
    else
        bp_mld_report(net, group, event, net->now < routers->old_until_v6);
}

static void on_timer(struct bp_timer *timer)
{
    struct bp_group *group = container_of(timer, struct bp_group, timer);
    bool joining = group->resends != 0;

    if (joining)
        group->resends--;
    report(group->net, group, joining ? BP_GROUP_JOINED : BP_GROUP_IS_MEMBER);
}

/* 1 to max nanoseconds from now. */
static u64 random_delay(struct bp_net *net, u64 max)
{
    return net->now + 1 + bp_net_random(net) % max;
}

static struct bp_group *free_entry(struct bp_net *net)
{
    for (u32 i = 0; i < BP_NET_GROUPS; i++)
        if (!net->groups.entries[i].users)
            return &net->groups.entries[i];
    return NULL;
}

static bool has_family(const struct bp_net *net, u16 interface, const struct bp_ip_addr *group)
{
    for (u32 i = 0; i < net->address_count; i++)
        if (net->addresses[i].interface == interface &&
            bp_ip_is_v4(&net->addresses[i].prefix.addr) == bp_ip_is_v4(group))
            return true;
    return false;
}

int bp_group_join(struct bp_net *net, u16 interface, const struct bp_ip_addr *addr)
{
    struct bp_group *group;

    if (!bp_ip_is_multicast(addr) || interface >= net->interface_count ||
        !has_family(net, interface, addr))
        return -EINVAL;
    group = find(net, interface, addr);
    if (group) {
        group->users++;
        return 0;
    }
    group = free_entry(net);
    if (!group)
        return -ENOBUFS;
    group->addr = *addr;
    group->interface = interface;
    group->users = 1;
    if (is_all_hosts(addr))
        return 0;
    group->resends = RESENDS;
    report(net, group, BP_GROUP_JOINED);
    bp_net_timer_arm(net, &group->timer, random_delay(net, UNSOLICITED_INTERVAL));
    return 0;
}

int bp_group_leave(struct bp_net *net, u16 interface, const struct bp_ip_addr *addr)
{
    struct bp_group *group = find(net, interface, addr);

    if (!group)
        return -EADDRNOTAVAIL;
    if (--group->users)
        return 0;
    bp_net_timer_cancel(net, &group->timer);
    if (!is_all_hosts(addr))
        report(net, group, BP_GROUP_LEFT);
    return 0;
}

void bp_group_queried(struct bp_net *net, u16 interface, bool v6, const struct bp_ip_addr *group,
                      u64 max_delay, bool old_router)
{
    struct bp_group_routers *routers = &net->groups.routers[interface];

    if (old_router && v6)
        routers->old_until_v6 = net->now + OLD_ROUTER_TIME;
    else if (old_router)
        routers->old_until_v4 = net->now + OLD_ROUTER_TIME;
    for (u32 i = 0; i < BP_NET_GROUPS; i++) {
        struct bp_group *it = &net->groups.entries[i];
        u64 deadline;

        if (!it->users || it->interface != interface || bp_ip_is_v4(&it->addr) == v6 ||
            is_all_hosts(&it->addr) || (group && !bp_ip_equal(&it->addr, group)))
            continue;
        deadline = random_delay(net, max_delay);
        if (!bp_timer_armed(&it->timer) || deadline < it->timer.deadline)
            bp_net_timer_arm(net, &it->timer, deadline);
    }
}

void bp_groups_init(struct bp_net *net)
{
    for (u32 i = 0; i < BP_NET_GROUPS; i++) {
        net->groups.entries[i].net = net;
        bp_net_timer_init(&net->groups.entries[i].timer, on_timer);
    }
    bp_ip_register(net, BP_IP_IGMP, &bp_igmp_protocol);
    for (u32 i = 0; i < net->address_count; i++) {
        const struct bp_net_address *own = &net->addresses[i];
        struct bp_ip_addr group = bp_ipv6_solicited_node(&own->prefix.addr);

        if (!bp_ip_speaks_v4(&own->prefix.addr))
            BP_BUG_ON(bp_group_join(net, own->interface, &group) != 0);
    }
}

void bp_groups_stop(struct bp_net *net)
{
    for (u32 i = 0; i < BP_NET_GROUPS; i++)
        bp_net_timer_cancel(net, &net->groups.entries[i].timer);
}
