#include "memory/shared.h"
#include "base/host.h"
#include "base/mem.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum {
    ADDED_MAX = 1 << 16, /* as many mappings as Linux allows by default (vm.max_map_count) */
    /* Each piece that a removal splits off is a mapping of the host's too, of which there are no
       more than that either. */
    MAPS_MAX = 2 * ADDED_MAX,
};

void bp_shared_destroy(struct bp_shared_maps *maps)
{
    if (maps->items)
        bp_host(SYS_munmap, maps->items, MAPS_MAX * sizeof(maps->items[0]));
    *maps = (struct bp_shared_maps){0};
}

struct bp_shared_object bp_shared_anonymous(void)
{
    static u32 last;
    u64 pid = (u64)bp_host(SYS_getpid);

    return (struct bp_shared_object){0, pid << 32 | __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED)};
}

/* ---- under the lock ---- */

/* Index of the first mapping that ends behind addr. */
static u32 find(const struct bp_shared_maps *maps, u64 addr)
{
    u32 low = 0, high = maps->count;

    while (low < high) {
        u32 middle = low + (high - low) / 2;

        if (maps->items[middle].end <= addr)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct bp_shared_map *map_at(const struct bp_shared_maps *maps, u64 addr)
{
    u32 at = find(maps, addr);

    return at < maps->count && maps->items[at].start <= addr ? &maps->items[at] : NULL;
}

static void insert(struct bp_shared_maps *maps, u32 at, struct bp_shared_map map)
{
    BP_BUG_ON(maps->count == MAPS_MAX);
    memmove(&maps->items[at + 1], &maps->items[at], (maps->count - at) * sizeof(map));
    maps->items[at] = map;
    maps->count++;
}

/* Makes addr a boundary between mappings; returns the index of what begins there or behind. */
static u32 split(struct bp_shared_maps *maps, u64 addr)
{
    u32 at = find(maps, addr);
    struct bp_shared_map behind;

    if (at == maps->count || maps->items[at].start >= addr)
        return at;
    behind = maps->items[at];
    behind.offset += addr - behind.start;
    behind.start = addr;
    maps->items[at].end = addr;
    insert(maps, at + 1, behind);
    return at + 1;
}

static void clear(struct bp_shared_maps *maps, u64 start, u64 end)
{
    u32 first, last;

    if (!maps->count)
        return;
    first = split(maps, start);
    last = split(maps, end);
    memmove(&maps->items[first], &maps->items[last], (maps->count - last) * sizeof(maps->items[0]));
    maps->count -= last - first;
}

static int record(struct bp_shared_maps *maps, struct bp_shared_map map)
{
    long memory;

    if (!maps->items) {
        memory = bp_host(SYS_mmap, NULL, MAPS_MAX * sizeof(map), PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (bp_is_error(memory))
            return -ENOMEM;
        maps->items = (struct bp_shared_map *)memory;
    }
    if (maps->count >= ADDED_MAX)
        return -ENOMEM;
    insert(maps, find(maps, map.start), map);
    return 0;
}

static u64 end_of(u64 start, u64 len)
{
    return start + BP_ALIGN_UP(len, (u64)BP_PAGE_SIZE);
}

/* ---- the interface ---- */

int bp_shared_add(struct bp_shared_maps *maps, u64 start, u64 len, struct bp_shared_object object,
                  u64 offset)
{
    int ret;

    bp_lock(&maps->lock);
    clear(maps, start, end_of(start, len));
    ret = record(maps, (struct bp_shared_map){start, end_of(start, len), offset, object});
    bp_unlock(&maps->lock);
    return ret;
}

void bp_shared_remove(struct bp_shared_maps *maps, u64 start, u64 len)
{
    bp_lock(&maps->lock);
    clear(maps, start, end_of(start, len));
    bp_unlock(&maps->lock);
}

int bp_shared_move(struct bp_shared_maps *maps, u64 from, u64 old_len, u64 to, u64 new_len,
                   bool kept)
{
    const struct bp_shared_map *map;
    struct bp_shared_map moved = {.start = to, .end = end_of(to, new_len)};
    int ret = 0;

    bp_lock(&maps->lock);
    map = map_at(maps, from);
    if (map) {
        moved.object = map->object;
        moved.offset = map->offset + (from - map->start);
    }
    if (!kept)
        clear(maps, from, end_of(from, old_len));
    clear(maps, moved.start, moved.end);
    if (map)
        ret = record(maps, moved);
    bp_unlock(&maps->lock);
    return ret;
}

bool bp_shared_find(struct bp_shared_maps *maps, u64 addr, struct bp_shared_object *object,
                    u64 *offset)
{
    const struct bp_shared_map *map;

    if (likely(!READ_ONCE(maps->count)))
        return false;
    bp_lock(&maps->lock);
    map = map_at(maps, addr);
    if (map) {
        *object = map->object;
        *offset = map->offset + (addr - map->start);
    }
    bp_unlock(&maps->lock);
    return map != NULL;
}
