/* Datagrams of which some fragments have come. */
#ifndef BP_NET_REASSEMBLY_H
#define BP_NET_REASSEMBLY_H

#include "bp_config.h"

struct bp_reassembly {
    int to_come;
};

#endif
