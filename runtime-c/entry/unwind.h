/*
 * Bounds of functions, from the tables that an image carries for exceptions: .eh_frame_hdr (a
 * sorted index) and .eh_frame. Both are read where they lie; whatever they hold, nothing outside
 * the given memory is touched.
 *
 * Source: Linux Standard Base 5.0, "Exception Frames"; DWARF 5, 6.4.
 */
#ifndef BP_ENTRY_UNWIND_H
#define BP_ENTRY_UNWIND_H

#include "base/base.h"

/* Memory, and the address at which the program has it: the two differ for an image that is read
 * from its file. */
struct bp_view {
    const u8 *data;
    u64 len;
    u64 addr;
};

struct bp_unwind {
    struct bp_view segment;
    u64 header;      /* address of .eh_frame_hdr */
    const u8 *table; /* pairs (function, entry in .eh_frame), relative to the header */
    u32 count;
};

/*
 * segment is the part of the image that holds both tables, header the address of .eh_frame_hdr
 * (PT_GNU_EH_FRAME) in it. Returns false when there is no index in the form that every current
 * linker writes; then there is nothing to find.
 */
bool bp_unwind_init(struct bp_unwind *unwind, struct bp_view segment, u64 header);

/*
 * The function [*start, *end) that addr lies in; true. When no entry covers addr, or the entry
 * cannot be read: false, and
 * [*start, *end) is the gap between the functions next to addr, as far as they are known (else 0,
 * UINT64_MAX).
 */
bool bp_unwind_find(const struct bp_unwind *unwind, u64 addr, u64 *start, u64 *end);

#endif
