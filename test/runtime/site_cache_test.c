// sources: runtime-c/entry/site_cache.c runtime-c/memory/arena.c runtime-c/memory/node.c runtime-c/base/lock.c runtime-c/base/undo.c runtime-c/base/log.c
/* The cache of sites: what was put is found, under its whole key, until it is the least used. */
#include "check.h"
#include "entry/site_cache.h"
#include "memory/arena.h"

#include <stdlib.h>

static struct bp_site room[BP_SITES_MAX];

static struct bp_text_key key_of(u64 ino)
{
    return (struct bp_text_key){.dev = 1, .ino = ino, .size = 4096, .mtime = 5, .len = 4096};
}

static void put(u64 ino, u32 count)
{
    struct bp_sites sites = {.items = room, .count = count, .left = 3};
    struct bp_text_key key = key_of(ino);

    for (u32 i = 0; i < count; i++)
        room[i] = (struct bp_site){.start = (u32)ino + i, .len = 5, .before = 5};
    bp_site_cache_put(&key, &sites);
}

/* Whether it is there, and is what put() made of this number. */
static bool has(u64 ino, u32 count)
{
    struct bp_sites sites = {.items = room};
    struct bp_text_key key = key_of(ino);

    memset(room, 0, sizeof(room));
    if (!bp_site_cache_get(&key, &sites))
        return false;
    for (u32 i = 0; i < count; i++)
        check(room[i].start == ino + i && room[i].before == 5, "site %u of %lu", i, ino);
    check(sites.count == count && sites.left == 3, "counts of %lu", ino);
    return true;
}

static void test_key(void)
{
    struct bp_sites sites = {.items = room};
    struct bp_text_key key = key_of(7);

    put(7, 2);
    key.ctime++;
    check(!bp_site_cache_get(&key, &sites), "a file that was written to is another one");
    key = key_of(7);
    key.offset = 4096;
    check(!bp_site_cache_get(&key, &sites), "another part of the file is another text");
    check(has(7, 2), "the same text is found");
}

int main(void)
{
    struct bp_text_key key = key_of(1);
    struct bp_sites sites = {.items = room};

    check(!bp_site_cache_get(&key, &sites), "nothing before the start");
    bp_arena_init();
    check(!bp_site_cache_init(), "init");
    test_key();
    put(8, 0);
    check(has(8, 0), "text without calls is known, too");
    put(8, 1);
    check(has(8, 1), "the newer of the same key counts");
    for (u64 ino = 1000; ino < 1063; ino++) {
        put(ino, 10);
        has(7, 2); /* in use all the time */
    }
    check(!has(8, 1), "what was not used for longest makes room");
    check(has(7, 2) && has(1000, 10) && has(1062, 10), "the others stay");
    return failures ? 1 : 0;
}
