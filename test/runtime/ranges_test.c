// sources: runtime-c/memory/ranges.c
/* Sets of page ranges against a bitmap. */
#include "check.h"
#include "memory/ranges.h"

#include <stdlib.h>

enum {
    PAGES = 512,
    STEPS = 20000
};

static struct bp_ranges set;
static bool model[PAGES];

static bool same(void)
{
    u64 last_end = 0;
    bool seen[PAGES] = {false};

    for (u32 i = 0; i < set.count; i++) {
        if (set.items[i].start >= set.items[i].end || (i && set.items[i].start <= last_end))
            return false; /* empty, unsorted or adjacent */
        last_end = set.items[i].end;
        for (u64 page = set.items[i].start; page < set.items[i].end; page++)
            seen[page] = true;
    }
    for (int page = 0; page < PAGES; page++)
        if (seen[page] != model[page])
            return false;
    return true;
}

static bool all_in(u64 start, u64 end)
{
    for (u64 page = start; page < end; page++)
        if (!model[page])
            return false;
    return true;
}

int main(void)
{
    bool equal = true, contains = true, finds = true;

    srand(1);
    bp_ranges_init(&set);
    for (int step = 0; step < STEPS; step++) {
        u64 start = 1 + (u64)rand() % (PAGES - 1), end = start + (u64)rand() % (PAGES - start);
        u64 len = 1 + (u64)rand() % 16, align = 1ULL << rand() % 4, low, high;

        if (rand() % 2) {
            bp_ranges_add(&set, start, end);
            for (u64 page = start; page < end; page++)
                model[page] = true;
        } else {
            bp_ranges_remove(&set, start, end);
            for (u64 page = start; page < end; page++)
                model[page] = false;
        }
        equal &= same();
        contains &= start == end || bp_ranges_contains(&set, start, end) == all_in(start, end);
        low = bp_ranges_find_low(&set, len, align);
        high = bp_ranges_find_high(&set, len, align);
        finds &= (!low || (low % align == 0 && all_in(low, low + len))) &&
                 (!high || (high % align == 0 && all_in(high, high + len) && high >= low)) &&
                 !low == !high;
    }
    check(equal, "adding and removing keep the set sorted, merged and right");
    check(contains, "containment is right");
    check(finds, "what is found is in the set and aligned");
    bp_ranges_destroy(&set);
    return failures != 0;
}
