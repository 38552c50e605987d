/*
 * The shared mappings of one program: which pages of which object lie where. A futex that is not
 * private is named by its page's identity, so that two mappings of one file, in one program or in
 * two, meet (sched/futex.h). Most programs have none: then a look-up is one comparison.
 */
#ifndef BP_MEMORY_SHARED_H
#define BP_MEMORY_SHARED_H

#include "base/base.h"
#include "base/lock.h"

/* What is mapped: a file of the host by device and inode; device 0: anonymous memory by a number of
 * the runtime's own (bp_shared_anonymous). */
struct bp_shared_object {
    u64 device, inode;
};

struct bp_shared_map {
    u64 start, end; /* [start, end), whole pages */
    u64 offset;     /* of start in the object */
    struct bp_shared_object object;
};

/* All zero: none. Calls lock it themselves. */
struct bp_shared_maps {
    struct bp_lock lock;
    u32 count;
    struct bp_shared_map
        *items; /* private memory, sorted and disjoint; reserved at the first use */
};

void bp_shared_destroy(struct bp_shared_maps *maps);

/* Names for the anonymous memory of a new mapping: unique on the host. */
struct bp_shared_object bp_shared_anonymous(void);

/*
 * [start, start + len) is now mapped to object from offset on, in place of whatever was there. len
 * is rounded up to pages, here and below. Returns 0 or -ENOMEM: then nothing is recorded there.
 */
int bp_shared_add(struct bp_shared_maps *maps, u64 start, u64 len, struct bp_shared_object object,
                  u64 offset);

/* [start, start + len) is unmapped, or mapped to something that is not shared. */
void bp_shared_remove(struct bp_shared_maps *maps, u64 start, u64 len);

/*
 * mremap(2) has moved or resized a mapping; kept: the old place stays mapped too. Returns 0 or
 * -ENOMEM: then the new place is not recorded.
 */
int bp_shared_move(struct bp_shared_maps *maps, u64 from, u64 old_len, u64 to, u64 new_len,
                   bool kept);

/* Whether addr lies in a shared mapping; what of it, if so. */
bool bp_shared_find(struct bp_shared_maps *maps, u64 addr, struct bp_shared_object *object,
                    u64 *offset);

#endif
