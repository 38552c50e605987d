/*
 * Patching the system calls of program text: sites are found, thunks written, jumps put in place.
 * What cannot be patched stays on the trap and stays correct.
 *
 * Where instructions moved together with the call, a program may be found running them in a thunk.
 * These places can be told in terms of the original text and back, for signal frames.
 */
#ifndef BP_ENTRY_PATCH_H
#define BP_ENTRY_PATCH_H

#include "entry/sites.h"
#include "memory/slot.h"

struct bp_patch_counts {
    u32 patched[BP_SITE_PATTERNS];
    u32 vectors_dead; /* of those patched */
    u32 left;         /* system calls that stay on the trap */
};

/* Whether each of the sites may be one of this mapping, and can be read: for sites from elsewhere.
 */
bool bp_patch_fits(u64 text, u64 len, const struct bp_sites *sites);

/*
 * Patches the executable mapping of len bytes at text, mapped with prot, at the sites that
 * bp_sites_find found in it, before anything runs there. Returns 0, or negative errno: then nothing
 * was patched (-EACCES where the host denies writable text, -ENOMEM). counts may be NULL.
 */
int bp_patch_text(struct bp_slot *slot, u64 text, u64 len, int prot, const struct bp_sites *sites,
                  struct bp_patch_counts *counts);

/* Forgets the sites in [start, start + len), which were unmapped. */
void bp_patch_forget(struct bp_slot *slot, u64 start, u64 len);

/* Where pc would be if nothing had been moved. Any pc; most are returned as they are. */
u64 bp_patch_original(struct bp_slot *slot, u64 pc);

/* The reverse: where to go on for a program that is to go on at pc, which may lie in bytes that
 * were replaced. */
u64 bp_patch_resume(struct bp_slot *slot, u64 pc);

/* Bytes from addr on, up to len, that can be read; the end of a truncated file cannot. */
u64 bp_patch_readable(u64 addr, u64 len);

#endif
