#include "entry/gs.h"
#include "entry/patch.h"
#include "sched/sched.h"

void bp_gs_set(struct bp_slot *slot, u64 base)
{
    bp_current()->gs_base = base;
    if (!base)
        return;
    bp_percpu()->exit_work |= BP_EXIT_LOOKS; /* the thunk that this call came by does not load it */
    bp_lock(&slot->lock);
    if (!slot->thunks_trap) {
        WRITE_ONCE(slot->thunks_trap, true);
        bp_full_fence(); /* pairs with the one of who has made more thunks known and looks then */
        bp_patch_trap(slot);
    }
    bp_unlock(&slot->lock);
}
