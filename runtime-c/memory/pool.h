/*
 * Pools of equal-sized objects in the arena. Getting and putting an object is a push or pop on the
 * calling worker's magazine (a small private stack); magazines are refilled from and drained to a
 * shared free list under a lock. Objects of a pool stay objects of that pool for ever, and are not
 * cleared.
 *
 * An object that was taken is linked somewhere before the next bp_unlock, and one that was unlinked
 * is given back before it, so that a killed process loses none (base/undo.h). There may be one in
 * here: what belongs together begins with taking and ends with giving back. Where a function has
 * the constant `alone`, it says that nobody shares the arena now.
 */
#ifndef BP_MEMORY_POOL_H
#define BP_MEMORY_POOL_H

#include "base/base.h"
#include "base/percpu.h"
#include "base/undo.h"
#include "bp_config.h"
#include "memory/arena.h"

/* One line for each kind of object: identifier, size in bytes (a multiple of 64). The list is in
 * pool.def. */
enum bp_pool_id {
#define BP_POOL(id, size) BP_POOL_##id,
#include "memory/pool.def"
#undef BP_POOL
    BP_POOLS
};

enum {
    BP_MAGAZINE = 64
};

/* Sets up the shared lists, in the arena. Once, in the launcher. Returns 0 or -ENOMEM. */
int bp_pool_init(void);

struct bp_magazine {
    u32 count;
    void *objects[BP_MAGAZINE];
};

/* Those of one process; in the arena, so that they can be emptied when it was killed. */
struct bp_magazines {
    struct bp_magazine of[BP_WORKERS_MAX][BP_POOLS];
};

extern struct bp_magazines *bp_magazines; /* this process's */

/* Empty ones for a process that is about to be forked, told to *to in the arena
 * (bp_arena_alloc_to). NULL when the arena is exhausted. */
struct bp_magazines *bp_magazines_create(struct bp_magazines **to);

/* Their process has ended: gives back what those of the first `workers` hold; then, them. */
void bp_magazines_empty(struct bp_magazines *magazines, u32 workers);
void bp_magazines_destroy(struct bp_magazines *magazines);

/* Both with the calling worker's magazine: when it is empty, and when it is full or the object is
 * of another node. */
void *bp_pool_refill(enum bp_pool_id id);
void bp_pool_drain(enum bp_pool_id id, void *object);

/* Takes an object, contents undefined; NULL when the arena is exhausted (callers return -ENOMEM or
 * -ENOBUFS). */
BP_INLINE void *bp_pool_get_unless(bool alone, enum bp_pool_id id)
{
    struct bp_magazine *mag = &bp_magazines->of[bp_cpu()][id];

    if (unlikely(!mag->count))
        return bp_pool_refill(id);
    bp_set_unless(alone, mag->count, mag->count - 1);
    return mag->objects[mag->count];
}

BP_INLINE void *bp_pool_get(enum bp_pool_id id)
{
    return bp_pool_get_unless(false, id);
}

/* It may come to the calling worker again; what another node's has sent here goes back there. */
BP_INLINE bool bp_pool_is_near(const void *object)
{
    return BP_NODES == 1 || bp_arena_node(object) == bp_percpu()->node;
}

/* Gives an object back. The caller holds the last reference. */
BP_INLINE void bp_pool_put_unless(bool alone, enum bp_pool_id id, void *object)
{
    struct bp_magazine *mag = &bp_magazines->of[bp_cpu()][id];

    if (likely(mag->count < BP_MAGAZINE && bp_pool_is_near(object))) {
        bp_set_unless(alone, mag->objects[mag->count], object);
        bp_set_unless(alone, mag->count, mag->count + 1);
    } else {
        bp_pool_drain(id, object);
    }
}

BP_INLINE void bp_pool_put(enum bp_pool_id id, void *object)
{
    bp_pool_put_unless(false, id, object);
}

/* Objects taken and not given back, over all workers. For tests and statistics; not exact while
 * workers run. */
s64 bp_pool_in_use(enum bp_pool_id id);

/* Size of one object of a pool in bytes. */
size_t bp_pool_size(enum bp_pool_id id);

#endif
