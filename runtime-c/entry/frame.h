/*
 * What the entry leaves on top of a thread's handler stack, and the code that a patched system call
 * jumps to.
 *
 * A patched site jumps to its thunk, which lies in the same address-space slot:
 *
 *     [relocated instructions before the system call; `mov $nr, %eax` for the common patterns]
 *     movq  %rsp, %gs:BP_PC_USER_SP
 *     movq  %gs:BP_PC_HANDLER_SP, %rsp
 *     leaq  CONT(%rip), %rcx           # where the program goes on, in rcx as after `syscall`
 *     call  *%gs:BP_PC_ENTRY           # BP_PC_ENTRY_DEAD when no vector register is live there
 *     movq  -BP_FRAME_SP_BELOW_TOP(%rsp), %rsp
 *     leaq  BEHIND(%rip), %rcx         # behind the original `syscall`
 *     movl  $0x202, %r11d              # flags as after `syscall`, none of the status flags set
 *     [if it moved: a nop that ends in the bytes of `syscall`, and the instructions behind it]
 *     jmp   BACK
 *
 * The call and its return predict well, which one shared indirect jump for all sites would not.
 * CONT is the address after the original `syscall` instruction when that still stands (nearly
 * always, see sites.h), otherwise the place in the thunk behind the nop. So a `syscall` ends at
 * CONT wherever a program makes a call, and going back two bytes with the number in rax makes the
 * call again; patch.h tells what CONT would be in the original text. The stack pointer is reloaded
 * from the frame because the thread may have been moved to another worker meanwhile.
 *
 * A call that was not patched arrives through Syscall User Dispatch: the SIGSYS handler only
 * redirects the instruction pointer to bp_entry_trap, which builds the same frame with a return
 * address that leads to the generic exit.
 */
#ifndef BP_ENTRY_FRAME_H
#define BP_ENTRY_FRAME_H

/* The user stack pointer's place below the top of the handler stack: under the return address. */
#define BP_FRAME_SP_BELOW_TOP 16

#ifndef __ASSEMBLER__
#include "base/base.h"
#include "sched/sched.h"

/* From low to high addresses; the top of the handler stack is the end of the structure. */
struct bp_frame {
    u64 r15, r14, r13, r12, rbp, rbx; /* preserved by C: reloaded by the generic exit only */
    u64 r9, r8, r10, rdx, rsi, rdi;   /* arguments: reloaded by every exit */
    u64 rax;                          /* number on entry, result on exit */
    u64 r11;
    u64 rip;          /* where the program continues (CONT) */
    u64 vectors_live; /* 1 when vector registers may carry values over the call */
    u64 rsp;          /* the program's */
    u64 ret;          /* into the thunk, or to the generic exit */
};

BP_STATIC_ASSERT(sizeof(struct bp_frame) - offsetof(struct bp_frame, rsp) == BP_FRAME_SP_BELOW_TOP,
                 "thunks reload the stack pointer from here");
BP_STATIC_ASSERT(sizeof(struct bp_frame) - offsetof(struct bp_frame, vectors_live) ==
                     BP_STACK_VECTORS_LIVE_BELOW_TOP,
                 "the scheduler reads it here");

/*
 * All general registers, for contexts that are no system call: a program interrupted anywhere, a
 * signal handler or a thread about to start. `rip` in the frame is the instruction pointer; `ret`
 * and `vectors_live` mean nothing.
 */
struct bp_context {
    u64 rcx, rflags;
    struct bp_frame frame;
};

enum {
    BP_RFLAGS_DEFAULT = 0x202, /* interrupts enabled, and the bit that is always 1 */
    BP_RFLAGS_DF = 1 << 10,
    BP_RFLAGS_TF = 1 << 8,  /* a trap after each instruction */
    BP_RFLAGS_RF = 1 << 16, /* no debug fault at the next one; set in every fault's flags */
    BP_RFLAGS_AC = 1 << 18, /* faults at unaligned accesses */
    /* They must not be loaded before the program's next instruction. */
    BP_RFLAGS_LAST = BP_RFLAGS_TF | BP_RFLAGS_RF | BP_RFLAGS_AC,
};

/* The frame of the system call that the thread is in (or was interrupted by). */
BP_INLINE struct bp_frame *bp_frame_of(const struct bp_thread *thread)
{
    return (struct bp_frame *)thread->stack_top - 1;
}
#endif

#endif
