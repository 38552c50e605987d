/* The data behind signals: what a process and a thread carry. The behaviour is in linux/signal.h. */
#ifndef BP_LINUX_SIGSTATE_H
#define BP_LINUX_SIGSTATE_H

#include "base/base.h"
#include "base/list.h"

enum { BP_NSIG = 64 };

/* The kernel's struct sigaction of x86-64. */
struct bp_sigaction {
    u64 handler;
    u64 flags;
    u64 restorer;
    u64 mask; /* bit n-1 for signal n */
};

struct bp_sigactions {
    struct bp_sigaction action[BP_NSIG]; /* index signal - 1 */
};

/* Pending signals: one bit each; siginfo of queued ones in a list of records. */
struct bp_sigqueue {
    u64 pending;
    struct bp_list infos;
};

struct bp_sigtask {
    u64 mask;
    u64 saved_mask; /* to go back to after sigsuspend, ppoll and the like, when restore_mask */
    bool restore_mask;
    struct bp_sigqueue queue;
    u64 altstack_sp, altstack_size;
    u32 altstack_flags;
};

#endif
