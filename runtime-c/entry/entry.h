/*
 * Owning the programs' system calls: arming Syscall User Dispatch, the signal handlers that only
 * redirect the instruction pointer, and the way back into programs. Calls upwards only through
 * struct bp_entry_upcalls.
 */
#ifndef BP_ENTRY_ENTRY_H
#define BP_ENTRY_ENTRY_H

#include "entry/frame.h"

#include <signal.h>

struct bp_worker;

enum {
    BP_CALLS = 512
}; /* a table of handlers has BP_CALLS + 1 entries; the last answers every other number */

/* A fault of a program, as the host reported it. */
struct bp_fault {
    int signal; /* SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP */
    int code;   /* si_code */
    u64 address;
    u64 trapno, error; /* as in sigcontext */
};

struct bp_entry_upcalls {
    /*
     * Something waits for the thread at its exit from a call: signals, a kill. Returns the result
     * for the program, or leaves by bp_exit_full or bp_thread_exit.
     */
    long (*exit_work)(struct bp_frame *frame, long result);
    /* The same for a program interrupted in its own code; it may change the context. */
    void (*interrupted)(struct bp_context *context);
    /* The program faulted; as above. */
    void (*faulted)(struct bp_context *context, const struct bp_fault *fault);
};

/*
 * Installs the signal handlers (process-wide). Called once before any worker runs; hwcap2 is
 * AT_HWCAP2 of the launcher's auxiliary vector. Returns 0, or -ENOSYS when the host lacks Syscall
 * User Dispatch or FSGSBASE (message logged).
 */
int bp_entry_init(const struct bp_entry_upcalls *upcalls, u64 hwcap2);

/* Arms the calling worker: entry points, alternate signal stack, Syscall User Dispatch. Ends the
 * process on failure. */
void bp_entry_arm(struct bp_worker *worker);

/* In a forked child: dispatch is not inherited. */
void bp_entry_forked(void);

/*
 * In a forked child: the host's signals (but for faults and the runtime's own) are received by this
 * function, on the signal stack, and bring the worker out of program code. It returns false when it
 * has no room for another one: the host holds them back from then on.
 */
void bp_entry_take_signals(bool (*receive)(const siginfo_t *info));

/* There is room for signals again. */
void bp_entry_receive_again(void);

/* Continues the program with exactly these registers. The context may lie anywhere on the handler
 * stack. */
BP_NORETURN void bp_exit_full(struct bp_context *context);

enum {
    BP_HWCAP2_FSGSBASE = 2
};

/* Whether Syscall User Dispatch may be used here. */
bool bp_host_has_sud(void);

#endif
