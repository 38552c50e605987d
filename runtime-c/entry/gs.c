#include "entry/gs.h"
#include "entry/thunk.h"
#include "sched/sched.h"

static void trap_pool(const struct bp_thunk_pool *pool)
{
    bp_thunk_trap(pool->start, pool->next - pool->start);
}

void bp_gs_set(struct bp_slot *slot, u64 base)
{
    bp_current()->gs_base = base;
    if (!base)
        return;
    bp_percpu()->exit_work |= BP_EXIT_LOOKS; /* the thunk that this call came by does not load it */
    bp_lock(&slot->lock);
    if (!slot->thunks_trap) {
        WRITE_ONCE(slot->thunks_trap, true);
        bp_full_fence(); /* pairs with the one of who has written more thunks and looks then */
        trap_pool(&slot->thunks);
        trap_pool(&slot->far_thunks);
    }
    bp_unlock(&slot->lock);
}
