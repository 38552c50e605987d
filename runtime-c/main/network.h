/* What the NICs and the stacks count, as JSON for clients of the control socket. */
#ifndef BP_MAIN_NETWORK_H
#define BP_MAIN_NETWORK_H

#include "base/base.h"

/*
 * {"nics":[...],"workers":[...]}: of each NIC its link, what it lost and why, and traffic by queue;
 * of each worker with a network why packets were dropped, and what TCP counts. Figures that are 0
 * among the last two are left out. The main thread's, while workers count on: each figure is whole,
 * all together are not of one moment. Returns the length, less than size.
 */
u32 bp_main_network_print(char *text, u32 size);

#endif
