/*
 * What is known of the machine code around the system calls of one executable segment: where
 * instructions start, where direct branches lead, and what the functions that make system calls
 * contain. Only those functions are decoded; the rest of the segment is searched for 32-bit
 * branches into them, at every byte, so that none is missed.
 *
 * Functions come from the image's unwind tables. In the gaps of these, and without them, a function
 * is taken to extend from one target of a direct call to the next: that may join functions that are
 * reached by pointers only, but does not cut one that a compiler made.
 *
 * All places are offsets into the segment.
 */
#ifndef BP_ENTRY_FLOW_H
#define BP_ENTRY_FLOW_H

#include "entry/insn.h"
#include "entry/unwind.h"

enum {
    BP_FLOW_HITS_MAX = 1 << 15,      /* byte pairs 0f 05; what lies behind stays on the trap */
    BP_FLOW_LENGTH_MAX = 0x7fff0000, /* bytes of a segment */
    BP_FLOW_SEEN_MAX = 8192,         /* instructions in one walk */
};

enum bp_function_flags {
    BP_FUNCTION_DECODED = 1,    /* every byte is of a known instruction; else all flags are void */
    BP_FUNCTION_TABLE = 2,      /* has an indirect jump, maybe through a table of its own places */
    BP_FUNCTION_VECTORS = 4,    /* some instruction may touch a vector register */
    BP_FUNCTION_CALLED = 8,     /* a direct branch from elsewhere leads to its start */
    BP_FUNCTION_ENTERED = 16,   /* a direct branch from elsewhere leads behind its start */
    BP_FUNCTION_LEADS_OUT = 32, /* vectors.c: calls what its compiler cannot have seen, */
    BP_FUNCTION_STAYS = 64,     /* or does not */
};

struct bp_function {
    u32 start, end;
    u32 flags;
};

struct bp_hit {
    u32 at;       /* of 0f 05 */
    s32 function; /* index of a decoded one, or -1 */
};

struct bp_flow {
    struct bp_view text;
    const struct bp_unwind *unwind; /* NULL when the image has none */
    struct bp_hit *hits;
    struct bp_function *functions; /* ascending, without overlap */
    u32 hit_count, function_count;
    u64 *starts;  /* bitmap: instructions of the functions start here */
    u64 *targets; /* bitmap: direct branches lead here, as far as it is in one of the functions */
    u64 *called;  /* bitmap: direct calls lead here; filled when first needed */
    u64 *seen;    /* bitmap for walks: the places in seen_list are set */
    u64 *blocks;  /* bitmap: blocks of 64 bytes that overlap a function */
    bool called_known;
    u32 *seen_list;
    u32 seen_count;
};

/* Bytes of memory, all zero, that bp_flow_init needs for a segment of this length. Most of it is
 * never touched. */
size_t bp_flow_memory(u64 text_len);
void bp_flow_init(struct bp_flow *flow, struct bp_view text, const struct bp_unwind *unwind,
                  void *memory);

/* Collects all byte pairs 0f 05. */
void bp_flow_find_hits(struct bp_flow *flow);

/*
 * Finds and decodes the function around a hit. Hits are to be given in ascending order. Returns
 * false when the function is not found or holds something else than instructions.
 */
bool bp_flow_find_function(struct bp_flow *flow, struct bp_hit *hit);

/* Searches the whole segment for branches that lead into one of the functions from outside. */
void bp_flow_find_branches(struct bp_flow *flow);

/* The same for branches of 8 bits, which reach only so far: those that may lead to [start, end) in
 * the function. */
void bp_flow_find_short_branches(struct bp_flow *flow, const struct bp_function *function,
                                 u32 start, u32 end);

/* The bounds of the function at `at`, as above. False when they cannot be told, or `at` seems to be
 * no instruction. */
bool bp_flow_bounds(struct bp_flow *flow, u32 at, u32 *start, u32 *end);

BP_INLINE bool bp_bit(const u64 *bitmap, u64 index)
{
    return bitmap[index / 64] >> index % 64 & 1;
}

BP_INLINE void bp_clear_bit(u64 *bitmap, u64 index)
{
    bitmap[index / 64] &= ~(1ULL << index % 64);
}

BP_INLINE void bp_set_bit(u64 *bitmap, u64 index)
{
    bitmap[index / 64] |= 1ULL << index % 64;
}

/* The decoded function around a hit, or NULL. */
BP_INLINE struct bp_function *bp_flow_function(const struct bp_flow *flow, const struct bp_hit *hit)
{
    return hit->function < 0 ? NULL : &flow->functions[hit->function];
}

/* bp_insn_decode at an offset of the text. */
BP_INLINE u32 bp_flow_insn(const struct bp_flow *flow, struct bp_insn *insn, u32 at)
{
    return bp_insn_decode(insn, flow->text.data + at, flow->text.data + flow->text.len);
}

/* Nops fill the space between functions and loops; zeros too. */
BP_INLINE bool bp_is_padding(const u8 *code, u64 len)
{
    while (len > 1 && (*code == 0x66 || *code == 0x2e))
        code++, len--;
    return *code == 0x90 ||
           (len > 1 && ((code[0] == 0x0f && code[1] == 0x1f) || (!code[0] && !code[1])));
}

/* Where a relative branch leads; an offset that may lie outside the text. */
BP_INLINE s64 bp_insn_target(const struct bp_insn *insn, u32 at)
{
    return (s64)at + insn->length + insn->rel;
}

#endif
