/* On which NUMA nodes the runtime's memory lies, page by page as the kernel tells, against the
 * plan.
 */
#ifndef BP_MAIN_PLACEMENT_H
#define BP_MAIN_PLACEMENT_H

#include "base/base.h"

/*
 * Prints, as JSON with a newline: for each kind of memory and planned node how many of its pages
 * have been touched, how many of them lie on another node, and how many the kernel did not tell of.
 * Takes time in proportion to that memory. Returns the length. The launcher's thread.
 */
u32 bp_main_placement_print(char *buffer, u32 size);

#endif
