/* The code that a patched system call jumps to (see frame.h), and the jump. */
#ifndef BP_ENTRY_THUNK_H
#define BP_ENTRY_THUNK_H

#include "entry/sites.h"

enum {
    BP_THUNK_ALIGN = 16,
    BP_THUNK_MAX = 64 + BP_SITE_BYTES_MAX,
};

/* Bytes of a site's thunk. */
u32 bp_thunk_size(const struct bp_site *site);

/* Where the program continues after a call, relative to its thunk; only for a site whose `syscall`
 * moves. */
u32 bp_thunk_continue(const struct bp_site *site);

/*
 * Writes the thunk of a site to out, to be run at addr. Returns false when the site, or what an
 * instruction there refers to, is out of the reach of 32 bits.
 */
bool bp_thunk_emit(u8 *out, u64 addr, const struct bp_view *text, const struct bp_site *site);

/* Writes what takes the site's place to out, site->len bytes: a jump to the thunk, which
 * bp_thunk_emit has written. */
void bp_thunk_jump(u8 *out, u64 thunk, const struct bp_view *text, const struct bp_site *site);

/*
 * Puts a breakpoint in the place of the first instruction that uses GS, in each thunk within
 * [thunks, thunks + len). One byte changes, so threads may be running there.
 */
void bp_thunk_trap(u64 thunks, u64 len);

/* The CONT of the thunk whose breakpoint was hit, or 0 when it was none of those. */
u64 bp_thunk_trapped(u64 behind_breakpoint);

#endif
