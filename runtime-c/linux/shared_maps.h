/* What the memory calls report, so that futexes in shared mappings are known by their pages
 * (memory/shared.h). */
#ifndef BP_LINUX_SHARED_MAPS_H
#define BP_LINUX_SHARED_MAPS_H

#include "linux/task.h"

/* After a successful mmap(2) at addr; host_fd is -1 for anonymous memory. Returns 0, or -ENOMEM or
 * an error of fstat(2): the mapping must go. */
int bp_shared_mapped(struct bp_proc *proc, u64 addr, u64 len, u64 flags, int host_fd, u64 offset);

#endif
