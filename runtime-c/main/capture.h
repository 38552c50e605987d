/* Captures of NICs (nic/capture.h), taken for clients of the control socket. The main thread's. */
#ifndef BP_MAIN_CAPTURE_H
#define BP_MAIN_CAPTURE_H

#include "base/base.h"

/*
 * Begins one: each queue writes from its worker's next turn on. nic: its name, or NULL for the only
 * one. Fills in index, for the end. Returns the descriptor of its region, which stays ours, or
 * negative errno: -ENODEV, -EINVAL (snaplen), -EBUSY while that NIC is captured, -ENOMEM.
 */
int bp_main_capture_begin(const char *nic, u32 snaplen, u32 *index);

/* The queues stop at their workers' next turns; the memory is given back when another begins. */
void bp_main_capture_end(u32 index);

#endif
