/* What every file of system-call handlers includes: their prototypes, made from the table
 * (linux/syscalls.def). */
#ifndef BP_LINUX_CALLS_H
#define BP_LINUX_CALLS_H

#include "base/base.h"
#include "linux/systable.h"

/* long bp_sys_read(u64 fd, u64 buf, u64 count), and so on for every emulated call. */
#define A(type, name) u64 name
#define NO_ARGS void
#define BP_EMULATED(nr, call, returns, ...) long bp_sys_##call(__VA_ARGS__);
#define BP_HOST(nr, call, ...)
#define BP_HOST_AT(nr, call, ...)
#define BP_REFUSED(nr, call, ...)
#include "linux/syscalls.def"
#undef A
#undef NO_ARGS
#undef BP_EMULATED
#undef BP_HOST
#undef BP_HOST_AT
#undef BP_REFUSED

#endif
