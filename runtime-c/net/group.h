/*
 * Multicast groups that interfaces have joined, told to routers by IGMPv3 (RFC 3376) and MLDv2
 * (RFC 3810), any source each, or by IGMPv2 (RFC 2236) and MLDv1 (RFC 2710) while a router speaks
 * only these. The groups of all hosts are always joined and never told.
 */
#ifndef BP_NET_GROUP_H
#define BP_NET_GROUP_H

#include "bp_config.h"
#include "net/addr.h"
#include "sched/timer.h"

struct bp_net;

struct bp_group {
    struct bp_ip_addr addr;
    u16 interface;
    u16 users;  /* 0: a free entry */
    u8 resends; /* how often the report of joining is still to be repeated */
    struct bp_net *net;
    struct bp_timer timer; /* for the next report */
};

/* Until when routers of an interface are taken for old ones; 0: they are not. */
struct bp_group_routers {
    u64 old_until_v4, old_until_v6;
};

struct bp_groups {
    struct bp_group entries[BP_NET_GROUPS];
    struct bp_group_routers routers[BP_NET_INTERFACES_MAX];
};

BP_STATIC_ASSERT(BP_NET_GROUPS >= BP_NET_ADDRESSES_MAX + BP_NET_INTERFACES_MAX,
                 "each own address has its solicited-node group");

/* Joins the solicited-node groups of our addresses. */
void bp_groups_init(struct bp_net *net);
void bp_groups_stop(struct bp_net *net);

/* Joining counts: each wants a leaving. Returns 0, -EINVAL (not a group, no such interface, no
 * address of the family there), -ENOBUFS (too many groups). */
int bp_group_join(struct bp_net *net, u16 interface, const struct bp_ip_addr *group);
/* Returns 0, or -EADDRNOTAVAIL without a joining. */
int bp_group_leave(struct bp_net *net, u16 interface, const struct bp_ip_addr *group);

bool bp_group_is_member(const struct bp_net *net, u16 interface, const struct bp_ip_addr *group);

/* A router asks for one group, or NULL: all of v6's or v4's, to be told within max_delay
 * nanoseconds. */
void bp_group_queried(struct bp_net *net, u16 interface, bool v6, const struct bp_ip_addr *group,
                      u64 max_delay, bool old_router);

#endif
