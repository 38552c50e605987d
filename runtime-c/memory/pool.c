#include "memory/pool.h"
#include "base/lock.h"
#include "memory/arena.h"

#include <errno.h>

enum {
    /* Arena memory taken at a time. */
    SLAB_BYTES = 256 << 10,
    /* How many objects move between a magazine and the shared list at once. */
    BATCH = BP_MAGAZINE / 2,
};

static const u32 object_size[BP_POOLS] = {
#define BP_POOL(id, size) [BP_POOL_##id] = (size),
#include "memory/pool.def"
#undef BP_POOL
};

#define BP_POOL(id, size) BP_STATIC_ASSERT((size) % 64 == 0, "objects keep to their cache lines");
#include "memory/pool.def"
#undef BP_POOL

/* Free objects of one kind, linked through their first word. */
struct shared_list {
    struct bp_lock lock;
    void *first;
    u64 free;    /* objects in the list */
    u64 created; /* objects ever cut from slabs */
} BP_ALIGNED(BP_CACHE_LINE);

/* Of each node, in its part of the arena. */
struct shared_lists {
    struct shared_list of[BP_POOLS];
};

static struct shared_lists *shared[BP_NODES];
struct bp_magazines *bp_magazines;

int bp_pool_init(void)
{
    bool all = true;

    for (u32 node = 0; node < BP_NODES; node++) {
        shared[node] = bp_arena_alloc_on(node, sizeof(*shared[node]));
        all &= !!shared[node];
    }
    bp_magazines_create(&bp_magazines);
    return all && bp_magazines ? 0 : -ENOMEM;
}

struct bp_magazines *bp_magazines_create(struct bp_magazines **to)
{
    return bp_arena_alloc_to(to, sizeof(struct bp_magazines));
}

/* Cuts a new slab into objects. Called with the list's lock held, and nothing changed under it. */
static bool grow(u32 node, enum bp_pool_id id)
{
    struct shared_list *list = &shared[node]->of[id];
    u32 size = object_size[id];
    u32 slab = size > SLAB_BYTES ? size : SLAB_BYTES;
    char *memory = bp_arena_alloc_on(node, slab);
    void *first = list->first;
    u32 objects = slab / size;

    if (!memory)
        return false;
    for (u32 n = objects; n--;) {
        void **object = (void **)(memory + (u64)n * size);

        *object = first;
        first = object;
    }
    bp_set(list->first, first);
    bp_set(list->free, list->free + objects);
    bp_set(list->created, list->created + objects);
    return true;
}

/* What lies above a magazine's count is nobody's: filled first, then counted. */
static bool fill(struct bp_magazine *mag, u32 node, enum bp_pool_id id)
{
    struct shared_list *list = &shared[node]->of[id];
    bool any;

    bp_lock(&list->lock);
    any = list->first || grow(node, id);
    if (any) {
        void **object = list->first;
        u32 count = 0;

        for (; count <= BATCH && object; object = *object)
            mag->objects[count++] = object;
        bp_set(list->first, object);
        bp_set(list->free, list->free - count);
        bp_set(mag->count, count);
    }
    bp_unlock(&list->lock);
    return any;
}

/* From another node only when there is no more on our own. */
BP_COLD void *bp_pool_refill(enum bp_pool_id id)
{
    struct bp_magazine *mag = &bp_magazines->of[bp_cpu()][id];
    u32 here = bp_node_here();
    bool any = fill(mag, here, id);

    for (u32 node = 0; node < BP_NODES && !any; node++)
        any = node != here && fill(mag, node, id);
    return any ? bp_pool_get(id) : NULL;
}

/* How many of the newest objects of a magazine, at most max, are all of this node. */
static u32 newest_of(const struct bp_magazine *mag, u32 node, u32 max)
{
    u32 count = 0;

    if (BP_NODES == 1)
        return max;
    while (count < max && bp_arena_node(mag->objects[mag->count - 1 - count]) == node)
        count++;
    return count;
}

/* Moves the newest objects of a magazine to the shared list of their node, which takes them all at
 * once. The list's lock is held. */
static void give_back(struct shared_list *list, struct bp_magazine *mag, u32 objects)
{
    void *first = list->first;

    for (u32 i = mag->count - objects; i < mag->count; i++) {
        void **object = mag->objects[i];

        *object = first;
        first = object;
    }
    bp_set(list->first, first);
    bp_set(list->free, list->free + objects);
    bp_set(mag->count, mag->count - objects);
}

BP_COLD void bp_pool_drain(enum bp_pool_id id, void *object)
{
    struct bp_magazine *mag = &bp_magazines->of[bp_cpu()][id];
    u32 node = bp_arena_node(object);
    struct shared_list *list = &shared[node]->of[id];

    bp_lock(&list->lock);
    if (mag->count == BP_MAGAZINE)
        give_back(list, mag, newest_of(mag, node, BATCH));
    bp_set(*(void **)object, list->first); /* not free before this is whole */
    bp_set(list->first, object);
    bp_set(list->free, list->free + 1);
    bp_unlock(&list->lock);
}

static void flush(enum bp_pool_id id, struct bp_magazine *mag)
{
    u32 count = BP_MIN(mag->count, (u32)BP_MAGAZINE);

    while (count) {
        u32 node = bp_arena_node(mag->objects[count - 1]), same = newest_of(mag, node, count);
        struct shared_list *list = &shared[node]->of[id];

        bp_lock(&list->lock);
        give_back(list, mag, same);
        bp_unlock(&list->lock);
        count -= same;
    }
}

void bp_magazines_empty(struct bp_magazines *magazines, u32 workers)
{
    for (u32 cpu = 0; cpu < workers; cpu++) {
        for (u32 id = 0; id < BP_POOLS; id++)
            flush(id, &magazines->of[cpu][id]);
    }
}

void bp_magazines_destroy(struct bp_magazines *magazines)
{
    memset(magazines->of[0], 0, sizeof(magazines->of[0])); /* of its only worker */
    bp_arena_free_zeroed(magazines, sizeof(*magazines));
}

s64 bp_pool_in_use(enum bp_pool_id id)
{
    s64 used = 0;

    for (u32 node = 0; node < BP_NODES; node++)
        used += (s64)(shared[node]->of[id].created - shared[node]->of[id].free);
    for (int cpu = 0; cpu < BP_WORKERS_MAX; cpu++)
        used -= bp_magazines->of[cpu][id].count;
    return used;
}

size_t bp_pool_size(enum bp_pool_id id)
{
    return object_size[id];
}
