/* What every file of system-call handlers includes: their prototypes, made from the table
 * (linux/syscalls.def). */
#ifndef BP_LINUX_CALLS_H
#define BP_LINUX_CALLS_H

#include "base/base.h"
#include "linux/systable.h"

enum {
    BP_RFLAGS_DEFAULT = 0x202 /* interrupts enabled, and the bit that is always 1 */
};

#endif
