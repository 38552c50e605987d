#include "entry/sites.h"
#include "entry/flow.h"
#include "entry/vectors.h"

enum {
    SYSCALL = 2,      /* bytes */
    MOVED_MAX = 4,    /* instructions */
    NUMBER_MAX = 1024 /* of a system call in patterns A and B */
};

static u32 load32(const u8 *at)
{
    u32 value;

    __builtin_memcpy(&value, at, sizeof(value));
    return value;
}

/* ---- patterns A and B: bytes tell, but for those within another instruction ---- */

static bool is_number(const u8 *at)
{
    return load32(at) < NUMBER_MAX;
}

/* Unwinders know a signal's return by these bytes: mov $15, %rax; syscall. They stay. */
static bool is_signal_return(const struct bp_view *text, u32 at)
{
    static const u8 code[] = {0x48, 0xc7, 0xc0, 15, 0, 0, 0};

    return at >= sizeof(code) && !memcmp(text->data + at - sizeof(code), code, sizeof(code));
}

/*
 * Whether the bytes from start on may be the constant of a `movabs`, the only instruction that can
 * hold a whole site. For code whose functions are not known.
 */
static bool may_be_constant(const struct bp_view *text, u32 start)
{
    const u8 *code = text->data + start;

    for (u32 skipped = 0; skipped < 2 && start >= skipped + 2; skipped++, code--)
        if ((code[-2] & 0xfe) == 0x48 && (code[-1] & 0xf8) == 0xb8)
            return true;
    return false;
}

/* Bytes of a `mov $number` that ends at `at`, 5 (A) or 7 (B); 0 when there is none. */
static u32 mov_before(const struct bp_view *text, u32 at)
{
    const u8 *code = text->data + at;

    if (at >= 7 && code[-7] == 0x48 && code[-6] == 0xc7 && code[-5] == 0xc0 && is_number(code - 4))
        return 7;
    if (at >= 6 && code[-5] == 0xb8 && (code[-6] & 0xf0) != 0x40 && is_number(code - 4) &&
        !may_be_constant(text, at - 5))
        return 5;
    return 0;
}

/* ---- flags ---- */

/*
 * A patched call does not preserve the flags, which no compiler minds. True when the code behind
 * the call at `at` takes flags before anything sets them anew.
 */
static bool needs_flags(const struct bp_flow *flow, u32 at)
{
    struct bp_insn insn;

    at += SYSCALL;
    for (u32 i = 0; i < 8 && bp_flow_insn(flow, &insn, at); i++, at += insn.length) {
        if (insn.flags & BP_INSN_READS_FLAGS)
            return true;
        if (insn.flags & BP_INSN_SETS_FLAGS || insn.kind != BP_INSN_PLAIN)
            return false;
    }
    return false;
}

/* ---- patterns C and D ---- */

/* The places between instructions around a system call: before[0] is its own, before[1] that of the
 * one before. */
struct surroundings {
    u32 before[MOVED_MAX + 1], behind[MOVED_MAX + 1];
    u32 before_count, behind_count;
};

/* Padding may be what stands before a function, which must not be taken for an instruction in its
 * middle. */
static bool can_move(const struct bp_flow *flow, const struct bp_insn *insn, u32 at)
{
    return !(insn->flags & BP_INSN_LANDING) && !bp_is_padding(flow->text.data + at, insn->length);
}

/* The instruction that ends at `at`: the nearest start before it, unless that one's instruction
 * overlaps. */
static bool previous(const struct bp_flow *flow, u32 at, struct bp_insn *insn, u32 *start)
{
    for (u32 i = 1; i <= BP_MIN(at, (u32)BP_INSN_MAX); i++) {
        if (bp_bit(flow->starts, at - i)) {
            *start = at - i;
            return bp_flow_insn(flow, insn, *start) == i;
        }
    }
    return false;
}

static void look_around(const struct bp_flow *flow, u32 at, const struct bp_function *function,
                        struct surroundings *s)
{
    struct bp_insn insn;
    u32 place = at;

    s->before[0] = at;
    s->behind[0] = at + SYSCALL;
    s->before_count = s->behind_count = 0;
    while (s->before_count < MOVED_MAX && place > function->start &&
           previous(flow, place, &insn, &place)) {
        if (insn.kind != BP_INSN_PLAIN || !can_move(flow, &insn, place))
            break;
        s->before[++s->before_count] = place;
    }
    place = at + SYSCALL;
    while (s->behind_count < MOVED_MAX && place < function->end &&
           bp_flow_insn(flow, &insn, place)) {
        if ((insn.kind != BP_INSN_PLAIN && insn.kind != BP_INSN_RETURN) ||
            !can_move(flow, &insn, place))
            break;
        place += insn.length;
        s->behind[++s->behind_count] = place;
        if (insn.kind == BP_INSN_RETURN)
            break;
    }
}

/* Five bytes or more, and no branch to any but the first. */
static bool replaceable(const struct bp_flow *flow, u32 start, u32 end)
{
    if (end > flow->text.len || end - start < BP_SITE_JUMP)
        return false;
    for (u32 i = start + 1; i < end; i++)
        if (bp_bit(flow->targets, i))
            return false;
    return true;
}

/* Chooses what to move: only instructions before the call if possible, else as few as possible. */
static bool choose(const struct bp_flow *flow, const struct surroundings *s, struct bp_site *site)
{
    u32 at = s->before[0];

    for (u32 n = 1; n <= s->before_count; n++) {
        if (replaceable(flow, s->before[n], at)) {
            *site = (struct bp_site){.start = s->before[n]};
            site->before = site->len = (u8)(at - site->start);
            return true;
        }
    }
    for (u32 n = 1; n <= MOVED_MAX; n++) {
        for (u32 before = 0; before <= BP_MIN(n, s->before_count); before++) {
            u32 start = s->before[before], behind = n - before;

            if (behind > s->behind_count || !replaceable(flow, start, s->behind[behind]))
                continue;
            *site = (struct bp_site){.start = start};
            site->before = (u8)(at - start);
            site->after = (u8)(s->behind[behind] - at - SYSCALL);
            site->len = (u8)(site->before + SYSCALL + site->after);
            return true;
        }
    }
    return false;
}

static bool is_pattern_c(const struct bp_flow *flow, const struct bp_site *site)
{
    const u8 *code = flow->text.data + site->start;

    return site->before == 0 && site->after == 6 && code[2] == 0x48 && code[3] == 0x3d;
}

static bool find_place(struct bp_flow *flow, const struct bp_hit *hit, struct bp_site *site)
{
    const struct bp_function *function = bp_flow_function(flow, hit);
    struct surroundings s;

    if (!function || function->flags & BP_FUNCTION_TABLE)
        return false;
    look_around(flow, hit->at, function, &s);
    bp_flow_find_short_branches(flow, function, s.before[s.before_count], s.behind[s.behind_count]);
    if (!choose(flow, &s, site))
        return false;
    site->pattern = is_pattern_c(flow, site) ? BP_SITE_C : BP_SITE_D;
    return true;
}

/* ---- all of a segment ---- */

static bool find_site(struct bp_flow *flow, const struct bp_hit *hit, struct bp_site *site)
{
    u32 mov = mov_before(&flow->text, hit->at);

    if (mov && bp_flow_function(flow, hit) && !bp_bit(flow->starts, hit->at - mov))
        mov = 0; /* the end of a longer instruction, in truth */
    if (needs_flags(flow, hit->at) || is_signal_return(&flow->text, hit->at))
        return false;
    if (!mov)
        return find_place(flow, hit, site);
    *site = (struct bp_site){.start = hit->at - mov, .len = (u8)mov, .before = (u8)mov};
    site->pattern = mov == 5 ? BP_SITE_A : BP_SITE_B;
    return true;
}

/*
 * Finds the functions of the hits, and drops hits that turn out to lie within an instruction: code
 * that writes code has the bytes of a call in its constants. Returns whether any is left that needs
 * more than its own bytes.
 */
static bool prepare(struct bp_flow *flow, bool abi_calls)
{
    u32 count = 0;
    bool any = false;

    for (u32 i = 0; i < flow->hit_count; i++) {
        struct bp_hit *hit = &flow->hits[i];
        bool decoded = bp_flow_find_function(flow, hit);

        if (decoded && !bp_bit(flow->starts, hit->at))
            continue;
        any |= decoded && (abi_calls || !mov_before(&flow->text, hit->at));
        flow->hits[count++] = *hit;
    }
    flow->hit_count = count;
    return any;
}

size_t bp_sites_memory(u64 text_len)
{
    return bp_flow_memory(text_len) + BP_SITES_MAX * sizeof(struct bp_site);
}

void bp_sites_find(struct bp_sites *sites, struct bp_view text, const struct bp_unwind *unwind,
                   bool abi_calls, void *memory)
{
    struct bp_flow flow;
    u32 free_from = 0; /* the end of the last site */

    *sites = (struct bp_sites){.items = memory};
    if (text.len > BP_FLOW_LENGTH_MAX)
        return;
    bp_flow_init(&flow, text, unwind, sites->items + BP_SITES_MAX);
    bp_flow_find_hits(&flow);
    if (prepare(&flow, abi_calls))
        bp_flow_find_branches(&flow);
    for (u32 i = 0; i < flow.hit_count; i++) {
        struct bp_site *site = &sites->items[sites->count];

        if (!find_site(&flow, &flow.hits[i], site) || site->start < free_from) {
            sites->left++;
            continue;
        }
        site->vectors_dead = abi_calls && bp_vectors_dead(&flow, &flow.hits[i]);
        free_from = site->start + site->len;
        sites->count++;
    }
}
