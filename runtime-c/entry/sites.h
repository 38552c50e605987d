/*
 * Which system calls of an executable segment can be replaced by a jump, and which bytes the jump
 * takes the place of.
 *
 * A site is a `syscall` with whole instructions around it that move to a thunk, five bytes or more
 * together. Wherever it is possible only instructions before the `syscall` move (patterns A and B,
 * and often D): the `syscall` itself then stays, for whoever jumps to it, and the program goes on
 * behind it as if it had been executed.
 *
 * Pattern A: `mov $nr, %eax; syscall` (b8 nr32 0f05). The mov moves; the bytes need no further
 * proof.
 *
 * Pattern B: `mov $nr, %rax; syscall` (48c7c0 nr32 0f05). Likewise.
 *
 * Pattern C: `syscall; cmp $imm32, %rax` (0f05 483d imm32). Both move.
 *
 * Pattern D: anything else. Up to four instructions move.
 *
 * C and D are taken only when no branch is found that leads into the middle of the bytes, and no
 * pattern when the code behind consumes flags from before the call. What fits nowhere stays on the
 * trap.
 */
#ifndef BP_ENTRY_SITES_H
#define BP_ENTRY_SITES_H

#include "entry/unwind.h"

enum bp_site_pattern {
    BP_SITE_A,
    BP_SITE_B,
    BP_SITE_C,
    BP_SITE_D,
    BP_SITE_PATTERNS
};

enum {
    BP_SITE_JUMP = 5, /* bytes of the jump */
    BP_SITE_BYTES_MAX = 4 * 15 + 2,
    BP_SITES_MAX = 1 << 15, /* in one segment */
};

struct bp_site {
    u32 start;         /* offset of the first byte that is replaced */
    u8 len;            /* bytes replaced: before, or before + 2 + after */
    u8 before, after;  /* bytes of the instructions that move, on each side of the `syscall` */
    u8 pattern;        /* enum bp_site_pattern */
    bool vectors_dead; /* proven that no vector register carries a value over the call */
};

/* Whether the `syscall` stays where it is. */
static inline bool bp_site_keeps_syscall(const struct bp_site *site)
{
    return site->len == site->before;
}

struct bp_sites {
    struct bp_site *items; /* ascending; in the memory given */
    u32 count;
    u32 left; /* system calls that stay on the trap */
};

/* Bytes of memory, all zero, that bp_sites_find needs for a segment of this length. Most of it is
 * never touched. */
size_t bp_sites_memory(u64 text_len);

/*
 * Finds the sites of an executable segment. unwind may be NULL: C and D are then proven from the
 * code alone, and vector registers count as live everywhere. abi_calls says that no function of the
 * image that makes system calls takes or returns floating-point values, which holds for C
 * libraries; otherwise they count as live too.
 */
void bp_sites_find(struct bp_sites *sites, struct bp_view text, const struct bp_unwind *unwind,
                   bool abi_calls, void *memory);

#endif
