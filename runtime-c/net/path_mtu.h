/*
 * What is known of paths narrower than their interface (RFC 1191, RFC 8201), by destination. What
 * is learnt is forgotten after ten minutes, so that a wider path is found again.
 */
#ifndef BP_NET_PATH_MTU_H
#define BP_NET_PATH_MTU_H

#include "bp_config.h"
#include "net/addr.h"
#include "sched/timer.h"

struct bp_path_mtu {
    struct bp_ip_addr destination;
    u64 expires;
    u16 mtu; /* 0: a free entry */
};

/* Sets of BP_PATH_MTU_WAYS by hash: a full set forgets what expires first. */
struct bp_path_mtus {
    struct bp_path_mtu entries[BP_NET_PATH_MTUS];
    u32 generation;        /* changes with every entry; begins with 1 */
    struct bp_timer timer; /* for the entry that expires first */
};

#endif
