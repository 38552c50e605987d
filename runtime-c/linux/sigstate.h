/*
 * The data behind signals: what a process and a thread carry. The behaviour is in linux/signal.h.
 * All of it is guarded by the lock of the process, except what is marked as the thread's own. All
 * zero is the state of a process or thread that has just begun.
 */
#ifndef BP_LINUX_SIGSTATE_H
#define BP_LINUX_SIGSTATE_H

#include "base/base.h"

#include <signal.h>

enum {
    BP_NSIG = 64
};

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

struct bp_sigtimer;

/*
 * RLIMIT_SIGPENDING of a process, and what counts against it: queued siginfos and timers. Linux
 * counts by user; a program is its own here.
 */
struct bp_sigbudget {
    u64 used, limit;
};

/* A queued siginfo. Those of a timer are part of it; the others come from a pool. */
struct bp_sigrecord {
    struct bp_sigrecord *next;
    struct bp_sigtimer *timer;   /* NULL: from the pool */
    struct bp_sigbudget *budget; /* from the pool: what it counts against */
    bool queued;
    siginfo_t info;
};

/* Pending signals: one bit each, and the siginfo of those that have one, oldest first. */
struct bp_sigqueue {
    u64 pending;
    struct bp_sigrecord *first, *last;
};

/* The stack of sigaltstack(2). Read and changed by its own thread only. */
struct bp_altstack {
    u64 sp, size; /* size 0: none */
    u32 flags;
};

struct bp_sigtask {
    u64 mask;       /* changed by its own thread only */
    u64 awaited;    /* what sigtimedwait(2) waits for: taken although blocked */
    u64 saved_mask; /* to go back to after sigsuspend, ppoll and the like, when restore_mask (own)
                     */
    bool restore_mask;
    struct bp_sigqueue queue;
    struct bp_altstack altstack;
    u64 trapno, error, fault_address; /* of the thread's last fault, for sigcontext (own) */
};

#endif
