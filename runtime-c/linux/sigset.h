/* Sets of signals as 64-bit words: bit n - 1 stands for signal n, as in the kernel's sigset_t. */
#ifndef BP_LINUX_SIGSET_H
#define BP_LINUX_SIGSET_H

#include "base/base.h"

#include <signal.h>

#define BP_SIGBIT(signal) (1ULL << ((signal)-1))

/*
 * signal(7): what happens to a signal without a handler. What is in none of these sets terminates.
 *
 */
#define BP_SIGSET_IGNORED \
    (BP_SIGBIT(SIGCHLD) | BP_SIGBIT(SIGURG) | BP_SIGBIT(SIGWINCH) | BP_SIGBIT(SIGCONT))
#define BP_SIGSET_STOP \
    (BP_SIGBIT(SIGSTOP) | BP_SIGBIT(SIGTSTP) | BP_SIGBIT(SIGTTIN) | BP_SIGBIT(SIGTTOU))
#define BP_SIGSET_CORE                                                                   \
    (BP_SIGBIT(SIGQUIT) | BP_SIGBIT(SIGABRT) | BP_SIGBIT(SIGXCPU) | BP_SIGBIT(SIGXFSZ) | \
     BP_SIGSET_FAULTS)
/* What an instruction can cause: taken before all others. */
#define BP_SIGSET_FAULTS                                                               \
    (BP_SIGBIT(SIGSEGV) | BP_SIGBIT(SIGBUS) | BP_SIGBIT(SIGILL) | BP_SIGBIT(SIGTRAP) | \
     BP_SIGBIT(SIGFPE) | BP_SIGBIT(SIGSYS))
#define BP_SIGSET_UNBLOCKABLE (BP_SIGBIT(SIGKILL) | BP_SIGBIT(SIGSTOP))

enum {
    BP_SIGRT_FIRST = 32
}; /* from here on signals queue: one record for each that was sent */

/* The signal of a non-empty set to take first: faults, then the lowest number. */
BP_INLINE int bp_sigset_first(u64 set)
{
    u64 faults = set & BP_SIGSET_FAULTS;

    return __builtin_ctzll(faults ? faults : set) + 1;
}

#endif
