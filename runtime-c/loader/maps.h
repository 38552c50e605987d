/* Which mapping of this process an address lies in, for reports of crashes. */
#ifndef BP_LOADER_MAPS_H
#define BP_LOADER_MAPS_H

#include "base/base.h"

enum {
    BP_MAP_NAME_MAX = 256
};

struct bp_map_entry {
    u64 start, end; /* [start, end) */
    u64 offset;     /* in the file, of start */
    int prot;       /* PROT_ bits */
    bool shared;
    char name[BP_MAP_NAME_MAX]; /* path or [label], cut off when longer; "" for anonymous memory */
};

/*
 * Reads /proc/self/maps; no locks, some 600 bytes of stack, so a signal handler may call it.
 * Returns 0, -ENOENT when nothing is mapped at addr, or why the file cannot be read.
 */
int bp_maps_find(u64 addr, struct bp_map_entry *out);

#endif
