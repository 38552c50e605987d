#include "memory/ranges.h"
#include "base/host.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* As many pieces as Linux allows mappings to a process by default (vm.max_map_count). */
enum {
    RANGES_MAX = 65536
};

void bp_ranges_init(struct bp_ranges *set)
{
    set->items = set->few;
    set->count = 0;
    set->bytes = 0;
}

void bp_ranges_destroy(struct bp_ranges *set)
{
    if (set->items != set->few)
        bp_host(SYS_munmap, set->items, RANGES_MAX * sizeof(struct bp_range));
    set->items = set->few;
}

/* Most programs have few, and an exec makes six sets. */
static int move_out(struct bp_ranges *set)
{
    long memory =
        bp_host(SYS_mmap, NULL, RANGES_MAX * sizeof(struct bp_range), PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (bp_is_error(memory))
        return -ENOMEM;
    memcpy((void *)memory, set->few, set->count * sizeof(struct bp_range));
    set->items = (struct bp_range *)memory;
    return 0;
}

/* Index of the first range that ends at addr or later. */
static u32 lower_bound(const struct bp_ranges *set, u64 addr)
{
    u32 low = 0, high = set->count;

    while (low < high) {
        u32 mid = (low + high) / 2;

        if (set->items[mid].end < addr)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* Puts count new ranges in the place of the ranges [first, last). */
static int splice(struct bp_ranges *set, u32 first, u32 last, const struct bp_range *with,
                  u32 count)
{
    u32 new_count = set->count - (last - first) + count;

    if (new_count > RANGES_MAX)
        return -ENOMEM;
    if (new_count > BP_RANGES_FEW && set->items == set->few && move_out(set))
        return -ENOMEM;
    for (u32 i = first; i < last; i++)
        set->bytes -= set->items[i].end - set->items[i].start;
    for (u32 i = 0; i < count; i++)
        set->bytes += with[i].end - with[i].start;
    memmove(&set->items[first + count], &set->items[last],
            (set->count - last) * sizeof(set->items[0]));
    memcpy(&set->items[first], with, count * sizeof(set->items[0]));
    set->count = new_count;
    return 0;
}

int bp_ranges_add(struct bp_ranges *set, u64 start, u64 end)
{
    struct bp_range merged = {start, end};
    u32 first = lower_bound(set, start), last = first;

    if (start >= end)
        return 0;
    for (; last < set->count && set->items[last].start <= end; last++) {
        merged.start = BP_MIN(merged.start, set->items[last].start);
        merged.end = BP_MAX(merged.end, set->items[last].end);
    }
    return splice(set, first, last, &merged, 1);
}

int bp_ranges_remove(struct bp_ranges *set, u64 start, u64 end)
{
    struct bp_range rest[2];
    u32 first = lower_bound(set, start + 1), last = first, count = 0;

    if (start >= end)
        return 0;
    while (last < set->count && set->items[last].start < end)
        last++;
    if (first == last)
        return 0;
    if (set->items[first].start < start)
        rest[count++] = (struct bp_range){set->items[first].start, start};
    if (set->items[last - 1].end > end)
        rest[count++] = (struct bp_range){end, set->items[last - 1].end};
    return splice(set, first, last, rest, count);
}

bool bp_ranges_contains(const struct bp_ranges *set, u64 start, u64 end)
{
    u32 i = lower_bound(set, start + 1);

    return i < set->count && set->items[i].start <= start && set->items[i].end >= end;
}

bool bp_ranges_next(const struct bp_ranges *set, u64 from, u64 to, struct bp_range *piece)
{
    u32 i = lower_bound(set, from + 1);

    if (i == set->count || set->items[i].start >= to || from >= to)
        return false;
    piece->start = BP_MAX(set->items[i].start, from);
    piece->end = BP_MIN(set->items[i].end, to);
    return true;
}

u64 bp_ranges_overlap(const struct bp_ranges *set, u64 start, u64 end)
{
    struct bp_range piece = {start, start};
    u64 bytes = 0;

    while (bp_ranges_next(set, piece.end, end, &piece))
        bytes += piece.end - piece.start;
    return bytes;
}

u64 bp_ranges_find_low(const struct bp_ranges *set, u64 len, u64 align)
{
    for (u32 i = 0; i < set->count; i++) {
        u64 start = BP_ALIGN_UP(set->items[i].start, align);

        if (start < set->items[i].end && set->items[i].end - start >= len)
            return start;
    }
    return 0;
}

u64 bp_ranges_find_high(const struct bp_ranges *set, u64 len, u64 align)
{
    for (u32 i = set->count; i-- > 0;) {
        const struct bp_range *range = &set->items[i];

        if (range->end - range->start >= len) {
            u64 start = BP_ALIGN_DOWN(range->end - len, align);

            if (start >= range->start)
                return start;
        }
    }
    return 0;
}
