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

/* A site whose own instructions moved, other than a `mov` of a number. */
struct bp_moved {
    u32 start;     /* of the bytes replaced, in the text */
    u32 thunk;     /* in the text's thunks */
    u32 continues; /* of the instructions behind the call, relative to the thunk; 0 when the call
                      stays in the text */
    u8 before, after;
};

/* What bp_patch_write works on. Where the bytes are written may be elsewhere than they run. */
struct bp_patch_job {
    struct bp_view text; /* where it runs; not patched yet */
    const struct bp_sites *sites;
    u8 *text_out;           /* may be text.data itself */
    u64 thunks;             /* where they run, */
    u8 *thunks_out;         /* and bp_patch_thunks_size(sites) bytes for them */
    struct bp_moved *moved; /* room for sites->count */
    u32 moved_count;
    struct bp_patch_counts counts;
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

u32 bp_patch_thunks_size(const struct bp_sites *sites);

/* Writes thunks and jumps. */
void bp_patch_write(struct bp_patch_job *job);

/* Makes text known that was patched elsewhere and is mapped now, with its thunks. moved stays the
 * caller's, for as long as any such text is mapped. Returns 0 or -ENOMEM. */
int bp_patch_know(struct bp_slot *slot, u64 text, u64 len, u64 thunks, u32 thunks_size,
                  const struct bp_moved *moved, u32 count);

/* Makes the calls of all thunks of a slot trap (bp_thunk_trap); slot->thunks_trap is set. */
void bp_patch_trap(struct bp_slot *slot);

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
