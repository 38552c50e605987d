/* Which system calls are made again after a signal interrupted them. */
#ifndef BP_LINUX_RESTART_H
#define BP_LINUX_RESTART_H

#include "base/base.h"

enum bp_restart {
    BP_RESTART_FLAG, /* see restart.def */
    BP_RESTART_NO_HANDLER,
    BP_RESTART_NEVER,
    BP_RESTART_ALWAYS, /* of single calls: bp_thread.restarts */
};

enum bp_restart bp_restart_class(u64 nr);

/*
 * Where a program that would continue at rip (frame.rip of its system call) goes to make the call
 * again, with the number in rax: a `syscall` instruction.
 */
u64 bp_restart_address(u64 rip);

#endif
