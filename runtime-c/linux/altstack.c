#include "linux/altstack.h"

#include <errno.h>
#include <signal.h>

enum {
    SMALLEST = 2048 /* the kernel's MINSIGSTKSZ on x86 */
};
#define AUTODISARM (1U << 31)

bool bp_altstack_holds(const struct bp_altstack *stack, u64 rsp)
{
    return rsp > stack->sp && rsp - stack->sp <= stack->size;
}

u32 bp_altstack_status(const struct bp_altstack *stack, u64 rsp)
{
    if (!stack->size)
        return SS_DISABLE;
    return !(stack->flags & AUTODISARM) && bp_altstack_holds(stack, rsp) ? SS_ONSTACK : 0;
}

int bp_altstack_set(struct bp_altstack *stack, const struct bp_stack_t *next, u64 rsp)
{
    u32 mode = next->flags & ~AUTODISARM;

    if (bp_altstack_status(stack, rsp) == SS_ONSTACK)
        return -EPERM;
    if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
        return -EINVAL;
    if (mode == SS_DISABLE) {
        *stack = (struct bp_altstack){.flags = next->flags};
        return 0;
    }
    if (next->size < SMALLEST)
        return -ENOMEM;
    *stack = (struct bp_altstack){next->sp, next->size, next->flags};
    return 0;
}

void bp_altstack_entered(struct bp_altstack *stack)
{
    if (stack->flags & AUTODISARM)
        *stack = (struct bp_altstack){.flags = SS_DISABLE};
}
