/*
 * Memory that processes outside may look at: a memfd of which only our own mapping is writable, so
 * that nothing we read back from it is anybody else's. Sparse: what is never written costs nothing.
 */
#ifndef BP_BASE_REGION_H
#define BP_BASE_REGION_H

#include "base/base.h"

struct bp_region {
    void *memory; /* zero at first */
    size_t bytes;
    int fd; /* sealed; closed on exec */
};

/* name: as /proc/PID/fd shows it. Returns 0 or negative errno; then nothing is held. */
int bp_region_create(struct bp_region *region, const char *name, size_t bytes);

/* Nobody writes into it any more. Who has the descriptor keeps what it shows. */
void bp_region_destroy(struct bp_region *region);

#endif
