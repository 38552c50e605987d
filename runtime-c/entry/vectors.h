/*
 * Can a vector register carry a value over a system call? If not, a switch to another thread need
 * not save them.
 */
#ifndef BP_ENTRY_VECTORS_H
#define BP_ENTRY_VECTORS_H

#include "entry/flow.h"

/*
 * True when it is proven that none does, given that the functions which make system calls in this
 * image neither take nor return nor pass floating-point values. After bp_flow_find_branches. Proven
 * is:
 *
 * - Values of its own: the function touches no vector register at all, or none on any way that
 * leads on from the call; and nothing enters the function but at its start.
 * - Values of its callers: by the System V ABI every function may overwrite all vector registers,
 * so callers keep none over a call of it. But a compiler that saw the function may know that it
 * does not (gcc's -fipa-ra). That cannot be when nothing calls it directly, or when it calls,
 * itself or through what it calls, a function that no compiler could see: by pointer, or in another
 * image.
 */
bool bp_vectors_dead(struct bp_flow *flow, const struct bp_hit *hit);

#endif
