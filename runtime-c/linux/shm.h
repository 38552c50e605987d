/* Attached System V shared memory segments of the programs (shmat(2)): where, and how long. */
#ifndef BP_LINUX_SHM_H
#define BP_LINUX_SHM_H

#include "memory/slot.h"

/* The program changes its mappings in [addr, addr + len) by other means: what is attached there can
 * no longer be given back as a whole. */
void bp_shm_overlaid(const struct bp_slot *slot, u64 addr, u64 len);

/* The slot is gone, with what was attached in it. */
void bp_shm_forget(const struct bp_slot *slot);

#endif
