/*
 * Threads with a GS base of their own (arch_prctl(ARCH_SET_GS), as Wine and its like use it).
 *
 * In the runtime GS holds the worker, and usually in programs too, so that a thunk can find its
 * handler stack. A thread that sets a base gives that up: from then on the thunks of its program
 * trap (entry/thunk.h), so every call of that program's threads costs a host signal. The signal
 * handlers find the worker by their stack, and the exits load the program's base last.
 */
#ifndef BP_ENTRY_GS_H
#define BP_ENTRY_GS_H

#include "memory/slot.h"

/* Sets the GS base of the current thread, whose program lives in slot; 0: none of its own. Takes
 * effect at the exit from the call. */
void bp_gs_set(struct bp_slot *slot, u64 base);

#endif
