/*
 * Signal frames on the program's stack, in exactly the kernel's layout (struct rt_sigframe of
 * x86-64): debuggers, unwinders, Go, Java and JITs read and change them.
 */
#ifndef BP_LINUX_SIGFRAME_H
#define BP_LINUX_SIGFRAME_H

#include "entry/frame.h"
#include "linux/sigstate.h"

/*
 * Writes the frame for a handler of `signal` and points the context at the handler's first
 * instruction; mask is what sigreturn shall restore, live as for bp_fpstate_save. The vector
 * registers get their initial state. Changes neither mask nor action. Returns 0, or -EFAULT with
 * the context unchanged when the stack cannot be written.
 */
int bp_sigframe_push(struct bp_context *context, struct bp_sigtask *sig, int signal,
                     const siginfo_t *info, const struct bp_sigaction *action, u64 mask, bool live);

/*
 * Reads back the frame that a handler returns through (context->frame.rsp as at the call of
 * rt_sigreturn): registers, vector registers, alternate stack, and the signal mask for the caller
 * to set. Whatever the program wrote there is met with -EFAULT at worst.
 */
int bp_sigframe_pop(struct bp_context *context, struct bp_sigtask *sig, u64 *mask);

#endif
