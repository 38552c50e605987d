#include "entry/site_cache.h"
#include "base/lock.h"
#include "memory/arena.h"

#include <errno.h>

enum {
    ENTRIES = 64
};

struct entry {
    struct bp_text_key key;
    u64 used; /* when: larger is later; 0: the entry is free */
    struct bp_site *items;
    u32 count, left;
};

/* In the arena. */
static struct cache {
    struct bp_lock lock;
    u64 uses;
    struct entry entries[ENTRIES];
} * cache;

int bp_site_cache_init(void)
{
    cache = bp_arena_alloc(sizeof(*cache));
    return cache ? 0 : -ENOMEM;
}

static struct entry *find(const struct bp_text_key *key)
{
    for (u32 i = 0; i < ENTRIES; i++) {
        struct entry *entry = &cache->entries[i];

        if (entry->used && !memcmp(&entry->key, key, sizeof(*key)))
            return entry;
    }
    return NULL;
}

bool bp_site_cache_get(const struct bp_text_key *key, struct bp_sites *sites)
{
    struct entry *entry;

    if (!cache)
        return false;
    bp_lock(&cache->lock);
    entry = find(key);
    if (entry) {
        entry->used = ++cache->uses;
        sites->count = BP_MIN(entry->count, (u32)BP_SITES_MAX);
        sites->left = entry->left;
        memcpy(sites->items, entry->items, sites->count * sizeof(struct bp_site));
    }
    bp_unlock(&cache->lock);
    return entry != NULL;
}

static struct entry *least_used(void)
{
    struct entry *least = &cache->entries[0];

    for (u32 i = 1; i < ENTRIES; i++) {
        if (cache->entries[i].used < least->used)
            least = &cache->entries[i];
    }
    return least;
}

void bp_site_cache_put(const struct bp_text_key *key, const struct bp_sites *sites)
{
    size_t size = BP_MAX(sites->count, 1u) * sizeof(struct bp_site);
    struct bp_site *items = cache ? bp_arena_alloc(size) : NULL;
    struct entry *entry, old = {0};

    if (!items)
        return;
    memcpy(items, sites->items, sites->count * sizeof(struct bp_site));
    bp_lock(&cache->lock);
    entry = find(key); /* two may have looked at once */
    entry = entry ? entry : least_used();
    old = *entry;
    *entry = (struct entry){
        .key = *key,
        .used = ++cache->uses,
        .items = items,
        .count = sites->count,
        .left = sites->left,
    };
    bp_unlock(&cache->lock);
    if (old.used)
        bp_arena_free(old.items, BP_MAX(old.count, 1u) * sizeof(struct bp_site));
}
