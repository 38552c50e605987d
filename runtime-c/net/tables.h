/*
 * What the config says of the network: own addresses and routes by interface, which is the index of
 * a NIC in bp_nic_tables. In a generated out/<name>/src/bp_nics.c; all of it is constant.
 */
#ifndef BP_NET_TABLES_H
#define BP_NET_TABLES_H

#include "net/net.h"

struct bp_net_tables {
    const struct bp_net_address *addresses;
    u32 address_count; /* at most BP_NET_ADDRESSES_MAX */
    const struct bp_net_route *routes;
    u32 route_count; /* at most BP_NET_ROUTES_MAX */
};

/* Only where BP_HAS_NIC. */
extern const struct bp_net_tables bp_net_tables;

#endif
