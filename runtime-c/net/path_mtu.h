/*
 * What is known of paths narrower than their interface (RFC 1191, RFC 8201), by destination. What
 * is learnt is forgotten after ten minutes, so that a wider path is found again.
 */
#ifndef BP_NET_PATH_MTU_H
#define BP_NET_PATH_MTU_H

#include "bp_config.h"
#include "net/addr.h"
#include "sched/timer.h"

struct bp_net;

enum {
    BP_PATH_MTU_WAYS = 4,
    BP_PATH_MTU_SETS = BP_NET_PATH_MTUS / BP_PATH_MTU_WAYS,
};

struct bp_path_mtu {
    struct bp_ip_addr destination;
    u64 expires;
    u16 mtu; /* 0: a free entry */
};

/* A set for each hash: a full one forgets what expires first. */
struct bp_path_mtus {
    struct bp_path_mtu sets[BP_PATH_MTU_SETS][BP_PATH_MTU_WAYS];
    u32 generation;        /* changes with every entry; begins with 1 */
    struct bp_timer timer; /* for the entry that expires first, or earlier */
};

void bp_path_mtus_init(struct bp_net *net);
void bp_path_mtus_stop(struct bp_net *net);

/* What the path takes, interface_mtu at most. */
u16 bp_path_mtu_find(const struct bp_net *net, const struct bp_ip_addr *destination,
                     u16 interface_mtu);

/* Takes note; never of more than is known already, nor of less than 576 (IPv4) or 1280 (IPv6). */
void bp_path_mtu_learn(struct bp_net *net, const struct bp_ip_addr *destination, u32 mtu);

#endif
