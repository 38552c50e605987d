/* A set of page ranges: sorted, disjoint, never adjacent. Used for the free and the owned addresses
 * of a slot. */
#ifndef BP_MEMORY_RANGES_H
#define BP_MEMORY_RANGES_H

#include "base/base.h"

struct bp_range {
    u64 start, end; /* [start, end) */
};

enum {
    BP_RANGES_FEW = 32
};

/* Is not copied: items may point into it. */
struct bp_ranges {
    /* few; or private memory, reserved for the largest set and touched as it grows */
    struct bp_range *items;
    u32 count;
    u64 bytes; /* in all of them together */
    struct bp_range few[BP_RANGES_FEW];
};

void bp_ranges_init(struct bp_ranges *set);
void bp_ranges_destroy(struct bp_ranges *set);

/* Each returns 0, or -ENOMEM when the set has too many pieces, or finds no memory for so many (it
 * is unchanged then). */
int bp_ranges_add(struct bp_ranges *set, u64 start, u64 end);
int bp_ranges_remove(struct bp_ranges *set, u64 start, u64 end);

/* True when every page of the range is in the set. */
bool bp_ranges_contains(const struct bp_ranges *set, u64 start, u64 end);

/* Bytes of [start, end) that are in the set. */
u64 bp_ranges_overlap(const struct bp_ranges *set, u64 start, u64 end);

/* The first piece of the set in [from, to), cut to it. False when there is none. */
bool bp_ranges_next(const struct bp_ranges *set, u64 from, u64 to, struct bp_range *piece);

/*
 * Finds len bytes at a multiple of align (a power of two), lowest or highest first, without taking
 * them out. Returns the address or 0.
 */
u64 bp_ranges_find_low(const struct bp_ranges *set, u64 len, u64 align);
u64 bp_ranges_find_high(const struct bp_ranges *set, u64 len, u64 align);

#endif
