/*
 * The alternate signal stack of a thread: the rules of sigaltstack(2). Used by its own thread only.
 *
 */
#ifndef BP_LINUX_ALTSTACK_H
#define BP_LINUX_ALTSTACK_H

#include "linux/sigstate.h"

/* The kernel's stack_t. */
struct bp_stack_t {
    u64 sp;
    u32 flags, unused;
    u64 size;
};

/* Whether rsp lies on the stack, whatever its flags. */
bool bp_altstack_holds(const struct bp_altstack *stack, u64 rsp);

/* SS_DISABLE, SS_ONSTACK or 0 for a program whose stack pointer is rsp. */
u32 bp_altstack_status(const struct bp_altstack *stack, u64 rsp);

/* Returns 0, -EPERM (in use), -EINVAL (flags) or -ENOMEM (too small). */
int bp_altstack_set(struct bp_altstack *stack, const struct bp_stack_t *next, u64 rsp);

/* A handler was entered: SS_AUTODISARM takes the stack out of use until sigreturn puts it back. */
void bp_altstack_entered(struct bp_altstack *stack);

#endif
