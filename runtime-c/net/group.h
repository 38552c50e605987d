/* Multicast groups that interfaces have joined, told to routers by IGMP and MLD. */
#ifndef BP_NET_GROUP_H
#define BP_NET_GROUP_H

#include "bp_config.h"

struct bp_groups {
    int to_come;
};

#endif
