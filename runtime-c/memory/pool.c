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

static struct shared_list *shared; /* in the arena */
struct bp_magazines *bp_magazines;

int bp_pool_init(void)
{
    shared = bp_arena_alloc(BP_POOLS * sizeof(*shared));
    bp_magazines = bp_magazines_create();
    return shared && bp_magazines ? 0 : -ENOMEM;
}

struct bp_magazines *bp_magazines_create(void)
{
    return bp_arena_alloc(sizeof(struct bp_magazines));
}

/* Cuts a new slab into objects. Called with the list's lock held. */
static bool grow(enum bp_pool_id id)
{
    u32 size = object_size[id];
    u32 slab = size > SLAB_BYTES ? size : SLAB_BYTES;
    char *memory = bp_arena_alloc(slab);

    if (!memory)
        return false;
    for (u32 offset = slab / size * size; offset; offset -= size) {
        void **object = (void **)(memory + offset - size);

        *object = shared[id].first;
        shared[id].first = object;
        shared[id].free++;
        shared[id].created++;
    }
    return true;
}

BP_COLD void *bp_pool_refill(enum bp_pool_id id)
{
    struct bp_magazine *mag = &bp_magazines->of[bp_cpu()][id];
    struct shared_list *list = &shared[id];
    void *object = NULL;

    bp_lock(&list->lock);
    if (list->first || grow(id)) {
        for (int i = 0; i <= BATCH && list->first; i++) {
            if (object)
                mag->objects[mag->count++] = object;
            object = list->first;
            list->first = *(void **)object;
            list->free--;
        }
    }
    bp_unlock(&list->lock);
    return object;
}

BP_COLD void bp_pool_drain(enum bp_pool_id id, void *object)
{
    struct bp_magazine *mag = &bp_magazines->of[bp_cpu()][id];
    struct shared_list *list = &shared[id];

    bp_lock(&list->lock);
    for (int i = 0; i < BATCH; i++) {
        void **oldest = mag->objects[--mag->count];

        *oldest = list->first;
        list->first = oldest;
    }
    list->free += BATCH;
    bp_unlock(&list->lock);
    mag->objects[mag->count++] = object;
}

static void flush(enum bp_pool_id id, struct bp_magazine *mag)
{
    struct shared_list *list = &shared[id];

    bp_lock(&list->lock);
    mag->count = BP_MIN(mag->count, (u32)BP_MAGAZINE);
    list->free += mag->count;
    while (mag->count) {
        void **object = mag->objects[--mag->count];

        *object = list->first;
        list->first = object;
    }
    bp_unlock(&list->lock);
}

void bp_magazines_destroy(struct bp_magazines *magazines, u32 workers)
{
    for (u32 cpu = 0; cpu < workers; cpu++) {
        for (u32 id = 0; id < BP_POOLS; id++)
            flush(id, &magazines->of[cpu][id]);
    }
    bp_arena_free(magazines, sizeof(*magazines));
}

s64 bp_pool_in_use(enum bp_pool_id id)
{
    s64 idle = (s64)shared[id].free;

    for (int cpu = 0; cpu < BP_WORKERS_MAX; cpu++)
        idle += bp_magazines->of[cpu][id].count;
    return (s64)shared[id].created - idle;
}

size_t bp_pool_size(enum bp_pool_id id)
{
    return object_size[id];
}
