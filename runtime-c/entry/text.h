/* Program text that was just mapped: its system-call sites are found and patched before anything
 * can run there. */
#ifndef BP_ENTRY_TEXT_H
#define BP_ENTRY_TEXT_H

#include "memory/slot.h"

/*
 * The private mapping [addr, addr + len) of host_fd from offset, mapped with prot (which has
 * PROT_EXEC). What cannot be patched, for any reason, stays on the trap and stays correct.
 */
void bp_text_patch(struct bp_slot *slot, u64 addr, u64 len, int prot, int host_fd, u64 offset);

#endif
