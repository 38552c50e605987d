#include "entry/flow.h"

enum {
    BLOCK = 64,        /* bytes of text for one bit of `blocks` */
    SHORT_REACH = 128, /* of an 8-bit displacement */
    GAP_SMALL = 64,    /* bytes of a gap between functions that is taken for one */
    REACH_MAX = 65536, /* bytes that an unknown function may extend to either side */
    SYNC =
        112, /* bytes in which wrong sequences of instructions fall into step with the true one */
};

static u64 words(u64 bits)
{
    return (bits + 63) / 64;
}

size_t bp_flow_memory(u64 text_len)
{
    return 8 * (4 * words(text_len) + words(text_len / BLOCK + 1)) +
           BP_FLOW_HITS_MAX * (sizeof(struct bp_hit) + sizeof(struct bp_function)) +
           BP_FLOW_SEEN_MAX * sizeof(u32);
}

void bp_flow_init(struct bp_flow *flow, struct bp_view text, const struct bp_unwind *unwind,
                  void *memory)
{
    *flow = (struct bp_flow){.text = text, .unwind = unwind, .starts = memory};
    flow->targets = flow->starts + words(text.len);
    flow->called = flow->targets + words(text.len);
    flow->seen = flow->called + words(text.len);
    flow->blocks = flow->seen + words(text.len);
    flow->hits = (struct bp_hit *)(flow->blocks + words(text.len / BLOCK + 1));
    flow->functions = (struct bp_function *)(flow->hits + BP_FLOW_HITS_MAX);
    flow->seen_list = (u32 *)(flow->functions + BP_FLOW_HITS_MAX);
}

/* ---- searching eight bytes at a time ---- */

#define EACH_BYTE 0x0101010101010101ULL

static u64 load64(const u8 *at)
{
    u64 value;

    __builtin_memcpy(&value, at, sizeof(value));
    return value;
}

static s32 load32(const u8 *at)
{
    s32 value;

    __builtin_memcpy(&value, at, sizeof(value));
    return value;
}

/* The top bit of each byte that is zero; bytes above a zero byte may be marked wrongly. */
BP_INLINE u64 zero_bytes(u64 value)
{
    return (value - EACH_BYTE) & ~value & EACH_BYTE * 0x80;
}

static void add_hit(struct bp_flow *flow, u64 at)
{
    const u8 *code = flow->text.data + at;

    if (code[0] == 0x0f && code[1] == 0x05 && flow->hit_count < BP_FLOW_HITS_MAX)
        flow->hits[flow->hit_count++] = (struct bp_hit){(u32)at, -1};
}

void bp_flow_find_hits(struct bp_flow *flow)
{
    const u8 *data = flow->text.data;
    u64 at = 0, len = flow->text.len;

    for (; at + 9 <= len; at += 8) {
        u64 marks = zero_bytes((load64(data + at) ^ EACH_BYTE * 0x0f) |
                               (load64(data + at + 1) ^ EACH_BYTE * 0x05));

        for (; marks; marks &= marks - 1)
            add_hit(flow, at + (u64)__builtin_ctzll(marks) / 8);
    }
    for (; at + 2 <= len; at++)
        add_hit(flow, at);
}

/* Tells of a branch whose displacement lies at `field`; whether it is one is for the bytes before
 * to say. */
typedef void branch_fn(struct bp_flow *flow, u64 field, u64 target);

BP_INLINE void try_branch(struct bp_flow *flow, u64 field, branch_fn *visit)
{
    u64 target;

    if (unlikely(field + 4 > flow->text.len))
        return;
    target = field + 4 + (u64)(s64)load32(flow->text.data + field);
    if (target < flow->text.len)
        visit(flow, field, target);
}

/* Eight bytes that may each begin a branch: visits those of the bytes marked. */
BP_INLINE void try_branches(struct bp_flow *flow, u64 field, u64 marks, branch_fn *visit)
{
    for (; marks; marks &= marks - 1)
        try_branch(flow, field + (u64)__builtin_ctzll(marks) / 8, visit);
}

/* Visits whatever can be a call or jmp (e8, e9) within the text. */
BP_INLINE void each_call(struct bp_flow *flow, branch_fn *visit)
{
    const u8 *data = flow->text.data;
    u64 at = 0, len = flow->text.len;

    for (; at + 8 <= len; at += 8)
        try_branches(flow, at + 1,
                     zero_bytes((load64(data + at) & EACH_BYTE * 0xfe) ^ EACH_BYTE * 0xe8), visit);
    for (; at < len; at++)
        if ((data[at] & 0xfe) == 0xe8)
            try_branch(flow, at + 1, visit);
}

/* Visits whatever can be a jcc (0f 80 to 0f 8f) within the text, and by chance others. */
BP_INLINE void each_condition(struct bp_flow *flow, branch_fn *visit)
{
    const u8 *data = flow->text.data;
    u64 at = 0, len = flow->text.len;

    for (; at + 9 <= len; at += 8)
        try_branches(flow, at + 2,
                     zero_bytes((load64(data + at) ^ EACH_BYTE * 0x0f) |
                                ((load64(data + at + 1) & EACH_BYTE * 0xf0) ^ EACH_BYTE * 0x80)),
                     visit);
    for (; at + 2 <= len; at++)
        if (data[at] == 0x0f && (data[at + 1] & 0xf0) == 0x80)
            try_branch(flow, at + 2, visit);
}

/* ---- functions ---- */

static void add_called(struct bp_flow *flow, u64 field, u64 target)
{
    if (flow->text.data[field - 1] == 0xe8)
        bp_set_bit(flow->called, target);
}

/* The last set bit in [low, at], else low. */
static u64 bit_before(const u64 *bitmap, u64 low, u64 at)
{
    u64 index = at / 64, word = bitmap[index] & ~0ULL >> (63 - at % 64);

    while (!word && index > low / 64)
        word = bitmap[--index];
    return word ? BP_MAX(low, index * 64 + 63 - (u64)__builtin_clzll(word)) : low;
}

/* The first set bit in (at, high), else high. */
static u64 bit_behind(const u64 *bitmap, u64 at, u64 high)
{
    u64 index = ++at / 64, word;

    if (at >= high)
        return high;
    word = bitmap[index] & ~0ULL << at % 64;
    while (!word && (index + 1) * 64 < high)
        word = bitmap[++index];
    return word ? BP_MIN(high, index * 64 + (u64)__builtin_ctzll(word)) : high;
}

static void add_targets(struct bp_flow *flow, const struct bp_insn *insn, u32 at)
{
    s64 target = bp_insn_target(insn, at);

    if (insn->rel_size && (u64)target < flow->text.len)
        bp_set_bit(flow->targets, (u64)target);
    if (insn->flags & BP_INSN_LANDING)
        bp_set_bit(flow->targets, at);
}

/* What an instruction says of its function. A jump through one fixed word is a call of another
 * function, no table. */
static u32 function_flags(const struct bp_insn *insn)
{
    u32 flags = insn->flags & BP_INSN_VECTORS ? BP_FUNCTION_VECTORS : 0;

    if (insn->kind == BP_INSN_JUMP_INDIRECT && !insn->disp_at)
        flags |= BP_FUNCTION_TABLE;
    return flags;
}

static void decode(struct bp_flow *flow, struct bp_function *function)
{
    const u8 *data = flow->text.data;
    struct bp_insn insn;
    u32 at = function->start;

    while (at < function->end && bp_insn_decode(&insn, data + at, data + function->end)) {
        bp_set_bit(flow->starts, at);
        add_targets(flow, &insn, at);
        function->flags |= function_flags(&insn);
        at += insn.length;
    }
    if (at == function->end)
        function->flags |= BP_FUNCTION_DECODED;
}

/*
 * Finds where instructions may start in [low, high): decodes from each of the first `heads` bytes.
 * With BP_INSN_MAX of them the true sequence of instructions is among those found, and the others
 * soon fall into step with it.
 */
static void decode_from(const struct bp_flow *flow, u32 low, u32 high, u32 heads, u8 *reached)
{
    struct bp_insn insn;

    for (u32 at = low; at < high; at++)
        reached[at - low] = at - low < heads;
    for (u32 at = low; at < high; at++)
        if (reached[at - low] && bp_flow_insn(flow, &insn, at) && at + insn.length < high)
            reached[at + insn.length - low] = 1;
}

/* Whether all that decoding from before can find agrees that an instruction starts at `at`. */
static bool in_step(const struct bp_flow *flow, u32 at)
{
    u8 reached[SYNC + 1];
    u32 low = at - BP_MIN(at, (u32)SYNC);
    struct bp_insn insn;

    decode_from(flow, low, at + 1, BP_INSN_MAX, reached);
    for (u32 i = at - BP_MIN(at - low, (u32)BP_INSN_MAX); i < at; i++)
        if (reached[i - low] && bp_flow_insn(flow, &insn, i) && i + insn.length > at)
            return false;
    return reached[at - low];
}

bool bp_flow_bounds(struct bp_flow *flow, u32 at, u32 *start, u32 *end)
{
    u64 base = flow->text.addr, len = flow->text.len, low = 0, high = UINT64_MAX;
    bool known = flow->unwind && bp_unwind_find(flow->unwind, base + at, &low, &high);

    /* To offsets, within the text. */
    low = low > base ? BP_MIN(low - base, (u64)at) : 0;
    high = high > base ? BP_MIN(high - base, len) : len;
    if (!known && high - low > GAP_SMALL) {
        low = BP_MAX(low, at - BP_MIN((u64)at, (u64)REACH_MAX));
        high = BP_MIN(high, (u64)at + REACH_MAX);
        if (!in_step(flow, at))
            return false;
        if (!flow->called_known)
            each_call(flow, add_called);
        flow->called_known = true;
        low = bit_before(flow->called, low, at);
        high = bit_behind(flow->called, at, high);
    }
    *start = (u32)low;
    *end = (u32)high;
    return high > at;
}

static struct bp_function *add_function(struct bp_flow *flow, u32 start, u32 end)
{
    struct bp_function *function = &flow->functions[flow->function_count++];

    *function = (struct bp_function){.start = start, .end = end};
    for (u64 block = start / BLOCK; block * BLOCK < end; block++)
        bp_set_bit(flow->blocks, block);
    return function;
}

bool bp_flow_find_function(struct bp_flow *flow, struct bp_hit *hit)
{
    struct bp_function *last = flow->functions + flow->function_count - 1;
    u32 floor = flow->function_count ? last->end : 0, start, end;

    if (hit->at >= floor) {
        if (!bp_flow_bounds(flow, hit->at, &start, &end) || start < floor)
            return false;
        last = add_function(flow, start, end);
        decode(flow, last);
    }
    if (!(last->flags & BP_FUNCTION_DECODED))
        return false;
    hit->function = (s32)flow->function_count - 1;
    return true;
}

/* ---- branches from outside ---- */

static bool inside(const struct bp_function *function, u64 at)
{
    return at >= function->start && at < function->end;
}

static struct bp_function *function_at(const struct bp_flow *flow, u64 at)
{
    u32 low = 0, high = flow->function_count;

    while (low < high) {
        u32 middle = low + (high - low) / 2;

        if (flow->functions[middle].end <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low < flow->function_count && inside(&flow->functions[low], at) ? &flow->functions[low]
                                                                           : NULL;
}

static void add_entry(struct bp_flow *flow, u64 field, u64 target)
{
    struct bp_function *function;

    if (!bp_bit(flow->blocks, target / BLOCK))
        return;
    function = function_at(flow, target);
    if (!function || inside(function, field))
        return;
    bp_set_bit(flow->targets, target);
    function->flags |= target == function->start ? BP_FUNCTION_CALLED : BP_FUNCTION_ENTERED;
}

void bp_flow_find_branches(struct bp_flow *flow)
{
    each_call(flow, add_entry);
    each_condition(flow, add_entry);
}

static void add_targets_between(struct bp_flow *flow, u32 low, u32 high, u32 heads)
{
    u8 reached[SYNC + SHORT_REACH];
    struct bp_insn insn;

    decode_from(flow, low, high, heads, reached);
    for (u32 at = low; at < high; at++)
        if (reached[at - low] && bp_flow_insn(flow, &insn, at))
            add_targets(flow, &insn, at);
}

void bp_flow_find_short_branches(struct bp_flow *flow, const struct bp_function *function,
                                 u32 start, u32 end)
{
    u32 low = start - BP_MIN(start, (u32)SHORT_REACH);
    u32 high = (u32)BP_MIN((u64)end + SHORT_REACH, flow->text.len);

    if (low < function->start)
        add_targets_between(flow, low - BP_MIN(low, (u32)SYNC), function->start, BP_INSN_MAX);
    if (high > function->end)
        add_targets_between(flow, function->end, high, 1);
}
