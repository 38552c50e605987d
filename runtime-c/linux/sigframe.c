#include "linux/sigframe.h"
#include "base/uaccess.h"
#include "linux/altstack.h"
#include "linux/fpstate.h"

/* As in the kernel: arch/x86/include/uapi/asm/sigcontext.h and asm/sigframe.h. */
struct sigcontext_64 {
    u64 r8, r9, r10, r11, r12, r13, r14, r15;
    u64 rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
    u16 cs, gs, fs, ss;
    u64 err, trapno, oldmask, cr2;
    u64 fpstate;
    u64 reserved[8];
};

struct ucontext_64 {
    u64 flags, link;
    struct bp_stack_t stack;
    struct sigcontext_64 mcontext;
    u64 sigmask;
};

struct rt_sigframe {
    u64 pretcode; /* the handler's return address */
    struct ucontext_64 uc;
    siginfo_t info;
};

BP_STATIC_ASSERT(sizeof(struct bp_stack_t) == 24, "stack_t");
BP_STATIC_ASSERT(sizeof(struct sigcontext_64) == 256, "struct sigcontext_64");
BP_STATIC_ASSERT(sizeof(struct rt_sigframe) == 440, "struct rt_sigframe");

enum {
    RED_ZONE = 128,
    UC_FP_XSTATE = 1,
    UC_SIGCONTEXT_SS = 2,
    UC_STRICT_RESTORE_SS = 4,
    USER_CS = 0x33,
    USER_SS = 0x2b,
};

#define RESTORER_FLAG 0x04000000ULL /* SA_RESTORER; libcs hide it */

/* The flags a frame may set: the arithmetic ones, DF, TF, RF and AC. */
#define FRAME_RFLAGS (0x8d5ULL | BP_RFLAGS_DF | BP_RFLAGS_LAST)
/* Those that a handler does not begin with. */
#define HANDLER_CLEARS ((u64)(BP_RFLAGS_DF | BP_RFLAGS_TF | BP_RFLAGS_RF))

/* ---- where the frame goes ---- */

struct place {
    u64 frame, fpstate;
};

static int find_place(struct place *place, const struct bp_altstack *stack, u64 rsp, bool wants_alt)
{
    u64 sp = rsp - RED_ZONE;
    bool nested = bp_altstack_status(stack, rsp) == SS_ONSTACK;
    bool entering = wants_alt && bp_altstack_status(stack, sp) == 0;

    if (entering)
        sp = stack->sp + stack->size;
    place->fpstate = BP_ALIGN_DOWN(sp - bp_fpstate_size(), (u64)BP_FPSTATE_ALIGN);
    /* As if just called: 16-byte aligned but for the return address. */
    place->frame = BP_ALIGN_DOWN(place->fpstate - sizeof(struct rt_sigframe), 16ULL) - 8;
    /* An alternate stack that is too small must not run over into what lies below it. */
    return (nested || entering) && !bp_altstack_holds(stack, place->frame) ? -EFAULT : 0;
}

/* ---- registers ---- */

#define EACH_REGISTER(X)                                                                          \
    X(r8), X(r9), X(r10), X(r11), X(r12), X(r13), X(r14), X(r15), X(rdi), X(rsi), X(rbp), X(rbx), \
        X(rdx), X(rax), X(rsp), X(rip)

static void save_registers(struct sigcontext_64 *mc, const struct bp_context *context)
{
#define SAVE(name) mc->name = context->frame.name
    EACH_REGISTER(SAVE);
#undef SAVE
    mc->rcx = context->rcx;
    mc->rflags = context->rflags;
    mc->cs = USER_CS;
    mc->ss = USER_SS;
}

static void load_registers(struct bp_context *context, const struct sigcontext_64 *mc)
{
#define LOAD(name) context->frame.name = mc->name
    EACH_REGISTER(LOAD);
#undef LOAD
    context->rcx = mc->rcx;
    context->rflags = (context->rflags & ~FRAME_RFLAGS) | (mc->rflags & FRAME_RFLAGS);
}

/* ---- push ---- */

int bp_sigframe_push(struct bp_context *context, struct bp_sigtask *sig, int signal,
                     const siginfo_t *info, const struct bp_sigaction *action, u64 mask, bool live)
{
    struct rt_sigframe frame = {.pretcode = action->restorer, .info = *info};
    struct sigcontext_64 *mc = &frame.uc.mcontext;
    struct place place;

    if (!(action->flags & RESTORER_FLAG) || /* x86-64 has no other way back */
        find_place(&place, &sig->altstack, context->frame.rsp, action->flags & SA_ONSTACK))
        return -EFAULT;
    frame.uc.flags = UC_FP_XSTATE | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
    frame.uc.sigmask = mc->oldmask = mask;
    frame.uc.stack.sp = sig->altstack.sp;
    frame.uc.stack.flags = sig->altstack.flags;
    frame.uc.stack.size = sig->altstack.size;
    mc->err = sig->error;
    mc->trapno = sig->trapno;
    mc->cr2 = sig->fault_address;
    mc->fpstate = place.fpstate;
    save_registers(mc, context);
    if (bp_fpstate_save(place.fpstate, live) ||
        bp_copy((void *)place.frame, &frame,
                action->flags & SA_SIGINFO ? sizeof(frame) : offsetof(struct rt_sigframe, info)))
        return -EFAULT;
    bp_fpstate_reset();
    bp_altstack_entered(&sig->altstack);
    context->frame.rdi = (u64)signal;
    context->frame.rsi = place.frame + offsetof(struct rt_sigframe, info);
    context->frame.rdx = place.frame + offsetof(struct rt_sigframe, uc);
    context->frame.rax = 0; /* "no vector arguments", for a handler without a prototype */
    context->frame.rip = action->handler;
    context->frame.rsp = place.frame;
    context->rflags &= ~HANDLER_CLEARS;
    return 0;
}

/* ---- pop ---- */

int bp_sigframe_pop(struct bp_context *context, struct bp_sigtask *sig, u64 *mask)
{
    struct ucontext_64 uc;
    /* The handler's `ret` took pretcode off the stack. */
    u64 frame = context->frame.rsp - sizeof(u64);

    if (bp_copy(&uc, (void *)(frame + offsetof(struct rt_sigframe, uc)), sizeof(uc)))
        return -EFAULT;
    *mask = uc.sigmask;
    if (uc.mcontext.cs != USER_CS || bp_fpstate_restore(uc.mcontext.fpstate))
        return -EFAULT;
    load_registers(context, &uc.mcontext);
    /* Linux ignores a refusal too: still on that stack, or flags that make no sense. */
    bp_altstack_set(&sig->altstack, &uc.stack, context->frame.rsp);
    return 0;
}
