#include "entry/vectors.h"

enum {
    WAITING_MAX = 64, /* branches to be followed */
    CALL_DEPTH = 4,   /* calls of calls looked into */
};

/* ---- following the code of one function ---- */

struct walk;

/* Looks at one instruction. False ends the walk. */
typedef bool look_fn(struct walk *w, const struct bp_insn *insn, u32 at);

/* Visits each instruction that direct branches within [low, high) lead to. */
struct walk {
    struct bp_flow *flow;
    look_fn *look;
    u32 low, high, depth;
    u32 waiting[WAITING_MAX];
    u32 waiting_count;
    bool incomplete; /* not every way could be followed */
};

static bool has_next(const struct walk *w, const struct bp_insn *insn, u32 at)
{
    u32 next = at + insn->length;

    switch (insn->kind) {
    case BP_INSN_JUMP:
    case BP_INSN_JUMP_INDIRECT:
    case BP_INSN_RETURN:
    case BP_INSN_STOP:
        return false;
    case BP_INSN_CALL: /* padding, or the end, stands behind a call that does not return */
        return next < w->high &&
               !bp_is_padding(w->flow->text.data + next, w->flow->text.len - next);
    default:
        return true;
    }
}

static bool stays_inside(const struct walk *w, const struct bp_insn *insn, u32 at)
{
    s64 target = bp_insn_target(insn, at);

    return target >= w->low && target < w->high;
}

static void follow_later(struct walk *w, const struct bp_insn *insn, u32 at)
{
    if (w->waiting_count < WAITING_MAX)
        w->waiting[w->waiting_count++] = (u32)bp_insn_target(insn, at);
    else
        w->incomplete = true;
}

/* False when a look ended the walk. */
static bool walk_on(struct walk *w, u32 at)
{
    struct bp_flow *flow = w->flow;
    struct bp_insn insn;

    while (at < w->high && !bp_bit(flow->seen, at)) {
        if (flow->seen_count == BP_FLOW_SEEN_MAX || !bp_flow_insn(flow, &insn, at)) {
            w->incomplete = true;
            return true;
        }
        bp_set_bit(flow->seen, at);
        flow->seen_list[flow->seen_count++] = at;
        if (!w->look(w, &insn, at))
            return false;
        if ((insn.kind == BP_INSN_BRANCH || insn.kind == BP_INSN_JUMP) &&
            stays_inside(w, &insn, at))
            follow_later(w, &insn, at);
        if (!has_next(w, &insn, at))
            return true;
        at += insn.length;
    }
    w->incomplete |= at >= w->high;
    return true;
}

static bool walk_from(struct walk *w, u32 at)
{
    bool going = walk_on(w, at);

    while (going && w->waiting_count)
        going = walk_on(w, w->waiting[--w->waiting_count]);
    return going;
}

static void forget_seen(struct bp_flow *flow)
{
    while (flow->seen_count)
        bp_clear_bit(flow->seen, flow->seen_list[--flow->seen_count]);
}

/* ---- values of the function's own ---- */

static bool look_for_vectors(struct walk *w, const struct bp_insn *insn, u32 at)
{
    bool leaves =
        (insn->kind == BP_INSN_BRANCH || insn->kind == BP_INSN_JUMP) && !stays_inside(w, insn, at);

    return !(insn->flags & BP_INSN_VECTORS) && !leaves &&
           (insn->kind != BP_INSN_JUMP_INDIRECT || insn->disp_at);
}

/* Whether no way on from the system call touches a vector register. */
static bool untouched_behind(struct bp_flow *flow, const struct bp_function *function, u32 at)
{
    struct walk w = {
        .flow = flow, .look = look_for_vectors, .low = function->start, .high = function->end};
    bool untouched = walk_from(&w, at) && !w.incomplete;

    forget_seen(flow);
    return untouched;
}

/* ---- values of callers ---- */

static bool look_for_unseen_call(struct walk *w, const struct bp_insn *insn, u32 at);

/* Whether the function at `at` calls one that no compiler could see when it compiled this one. */
static bool leads_out(struct bp_flow *flow, u32 at, u32 depth)
{
    struct walk w = {.flow = flow, .look = look_for_unseen_call, .depth = depth};
    struct bp_insn insn;

    if (!bp_flow_insn(flow, &insn, at))
        return false;
    if (insn.flags & BP_INSN_LANDING && !bp_flow_insn(flow, &insn, at + insn.length))
        return false;
    if (insn.kind == BP_INSN_JUMP_INDIRECT &&
        insn.disp_at) /* a stub for another image's function */
        return true;
    return depth && bp_flow_bounds(flow, at, &w.low, &w.high) && !walk_from(&w, at);
}

static bool look_for_unseen_call(struct walk *w, const struct bp_insn *insn, u32 at)
{
    s64 target = bp_insn_target(insn, at);

    if (insn->kind == BP_INSN_CALL_INDIRECT ||
        (insn->kind == BP_INSN_JUMP_INDIRECT && insn->disp_at))
        return false;
    if (!insn->rel_size || stays_inside(w, insn, at) || (u64)target >= w->flow->text.len)
        return true;
    return !leads_out(w->flow, (u32)target, w->depth - 1);
}

static bool unknown_to_callers(struct bp_flow *flow, struct bp_function *function)
{
    if (!(function->flags & BP_FUNCTION_CALLED))
        return true;
    if (!(function->flags & (BP_FUNCTION_LEADS_OUT | BP_FUNCTION_STAYS))) {
        function->flags |= leads_out(flow, function->start, CALL_DEPTH) ? BP_FUNCTION_LEADS_OUT
                                                                        : BP_FUNCTION_STAYS;
        forget_seen(flow);
    }
    return function->flags & BP_FUNCTION_LEADS_OUT;
}

bool bp_vectors_dead(struct bp_flow *flow, const struct bp_hit *hit)
{
    struct bp_function *function = bp_flow_function(flow, hit);

    if (!function || function->flags & BP_FUNCTION_ENTERED)
        return false;
    if (function->flags & BP_FUNCTION_VECTORS && !untouched_behind(flow, function, hit->at))
        return false;
    return unknown_to_callers(flow, function);
}
