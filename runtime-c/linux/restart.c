#include "linux/restart.h"

#include <sys/syscall.h>

static const u8 classes[] = {
#define BP_RESTART(name, class) [SYS_##name] = BP_RESTART_##class,
#include "linux/restart.def"
#undef BP_RESTART
};

enum bp_restart bp_restart_class(u64 nr)
{
    return nr < ARRAY_SIZE(classes) ? classes[nr] : BP_RESTART_FLAG;
}

/*
 * Before every continuation stands a `syscall`: the original one, or the one that its thunk keeps
 * (entry/thunk.c).
 */
u64 bp_restart_address(u64 rip)
{
    enum {
        SYSCALL_BYTES = 2
    };

    return rip - SYSCALL_BYTES;
}
