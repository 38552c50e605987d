/*
 * Into the runtime and back. See frame.h for the frame and for the thunks that call bp_entry.
 *
 * Nothing here touches the program's stack, its red zone, its vector registers or FS; the flags are as little preserved
 * as the compiler expects of a system call's clobbers.
 */
#include "base/percpu.h"

#define CALL_COUNT 512          /* entries of a program's table of handlers; one more answers the rest */
#define STAT_PATCHED (3 * 8)    /* asserted in entry.c */
#define STAT_TRAPPED (4 * 8)
#define APP_STAT_CALLS 0
#define THREAD_GS_BASE 16       /* asserted in sched.h */
#define RFLAGS_LAST 0x50100     /* asserted in entry.c */
#define USER_CS 0x33            /* of 64-bit programs on Linux */
#define USER_SS 0x2b

    .text

.macro PUSH_REGISTERS
    pushq   %rax
    pushq   %rdi
    pushq   %rsi
    pushq   %rdx
    pushq   %r10
    pushq   %r8
    pushq   %r9
    pushq   %rbx
    pushq   %rbp
    pushq   %r12
    pushq   %r13
    pushq   %r14
    pushq   %r15
.endm

/* Calls the handler of call number rax. In: a complete frame at rsp, the argument registers as the program set them. */
.macro DISPATCH stat
    cld
    movq    %gs:BP_PC_STATS, %rcx
    incq    \stat(%rcx)
    movq    %gs:BP_PC_THREAD, %rbx
    movq    8(%rbx), %rcx
    incq    APP_STAT_CALLS(%rcx)
    movl    $CALL_COUNT, %ecx
    cmpq    %rcx, %rax
    cmovaeq %rcx, %rax
    movq    (%rbx), %rbp
    movq    %r10, %rcx
    call    *(%rbp,%rax,8)
    cmpl    $0, %gs:BP_PC_EXIT_WORK
    jne     .Lexit_work
.endm

/* Reloads what the call may not change, drops the frame and goes to its return address. In: rax result. */
.macro LEAVE
    movq    40(%rsp), %rbx
    movq    32(%rsp), %rbp
    addq    $48, %rsp
    popq    %r9
    popq    %r8
    popq    %r10
    popq    %rdx
    popq    %rsi
    popq    %rdi
    addq    $40, %rsp
    ret
.endm

    .globl bp_entry, bp_entry_dead, bp_entry_trap, bp_entry_trap_return, bp_entry_async, bp_exit_full, bp_restorer

    .p2align 6
    .type bp_entry_dead, @function
bp_entry_dead:
    pushq   %gs:BP_PC_USER_SP
    pushq   $0
    movl    %eax, %eax          /* Linux looks at 32 bits of the number */
    pushq   %rcx
    pushq   %r11
    PUSH_REGISTERS
    DISPATCH STAT_PATCHED
    LEAVE
    .size bp_entry_dead, . - bp_entry_dead

    .p2align 6
    .type bp_entry, @function
bp_entry:
    pushq   %gs:BP_PC_USER_SP
    pushq   $1
    movl    %eax, %eax          /* Linux looks at 32 bits of the number */
    pushq   %rcx
    pushq   %r11
    PUSH_REGISTERS
    DISPATCH STAT_PATCHED
    LEAVE
    .size bp_entry, . - bp_entry

/* Signals and kills before the program goes on. May leave by bp_exit_full instead of returning the result. */
.Lexit_work:
    movq    %rsp, %rdi
    movq    %rax, %rsi
    call    bp_entry_exit_work
    LEAVE

/* Where the SIGSYS handler sends the program: rcx holds the address behind the `syscall`. */
    .p2align 4
    .type bp_entry_trap, @function
bp_entry_trap:
    movq    %rsp, %gs:BP_PC_USER_SP
    movq    %gs:BP_PC_HANDLER_SP, %rsp
    call    .Ltrapped
bp_entry_trap_return:
    movq    %gs:BP_PC_THREAD, %rcx
    movq    THREAD_GS_BASE(%rcx), %rcx
    testq   %rcx, %rcx
    jnz     .Ltrap_own_gs
.Ltrap_leave:
    movq    -32(%rsp), %rcx     /* frame.rip: LEAVE has left the frame in place below */
    movq    -40(%rsp), %r11     /* frame.r11: the flags, which a site that was not patched may still look at */
    pushq   %r11
    popfq
    movq    -16(%rsp), %rsp
    jmp     *%rcx
.Ltrap_own_gs:
    wrgsbase %rcx
    jmp     .Ltrap_leave
.Ltrapped:
    pushq   %gs:BP_PC_USER_SP
    pushq   $1
    movl    %eax, %eax          /* Linux looks at 32 bits of the number */
    pushq   %rcx
    pushq   %r11
    PUSH_REGISTERS
    DISPATCH STAT_TRAPPED
    LEAVE
    .size bp_entry_trap, . - bp_entry_trap

/* Where a signal handler sends a program that it interrupted: every register is the program's, rip is in the scratch. */
    .p2align 4
    .type bp_entry_async, @function
bp_entry_async:
    movq    %rsp, %gs:BP_PC_USER_SP
    movq    %gs:BP_PC_HANDLER_SP, %rsp
    pushq   $0
    pushq   %gs:BP_PC_USER_SP
    pushq   $1
    pushq   %gs:BP_PC_SCRATCH
    pushq   %r11
    PUSH_REGISTERS
    pushfq
    pushq   %rcx
    cld
    movq    %rsp, %rdi
    movq    %rsp, %rbx
    call    bp_entry_interrupted
    movq    %rbx, %rdi
    /* falls through */

/* void bp_exit_full(struct bp_context *context /rdi/): loads every register from it. */
    .size bp_entry_async, . - bp_entry_async
    .type bp_exit_full, @function
bp_exit_full:
    movq    %rdi, %rsp
    movq    %gs:BP_PC_THREAD, %rax
    movq    THREAD_GS_BASE(%rax), %rax
    testq   %rax, %rax
    jnz     .Lexit_at_once
    testl   $RFLAGS_LAST, 8(%rdi)
    jnz     .Lexit_at_once
    popq    %rcx
    popfq
    popq    %r15
    popq    %r14
    popq    %r13
    popq    %r12
    popq    %rbp
    popq    %rbx
    popq    %r9
    popq    %r8
    popq    %r10
    popq    %rdx
    popq    %rsi
    popq    %rdi
    popq    %rax
    popq    %r11
    popq    %gs:BP_PC_SCRATCH
    leaq    8(%rsp), %rsp
    popq    %rsp
    jmp     *%gs:BP_PC_SCRATCH

/*
 * The same by iret, which loads the flags with the instruction pointer, and needs no GS, which is loaded before it.
 * In: rax the program's GS base or 0, rdi = rsp the context.
 */
.Lexit_at_once:
    pushq   $2
    popfq                       /* under the program's NT an iret would fault */
    testq   %rax, %rax
    jz      .Lexit_iret
    wrgsbase %rax
.Lexit_iret:
    pushq   $USER_SS
    pushq   144(%rdi)           /* rsp */
    pushq   8(%rdi)             /* rflags */
    pushq   $USER_CS
    pushq   128(%rdi)           /* rip */
    movq    0(%rdi), %rcx
    movq    16(%rdi), %r15
    movq    24(%rdi), %r14
    movq    32(%rdi), %r13
    movq    40(%rdi), %r12
    movq    48(%rdi), %rbp
    movq    56(%rdi), %rbx
    movq    64(%rdi), %r9
    movq    72(%rdi), %r8
    movq    80(%rdi), %r10
    movq    88(%rdi), %rdx
    movq    96(%rdi), %rsi
    movq    112(%rdi), %rax
    movq    120(%rdi), %r11
    movq    104(%rdi), %rdi
    iretq
    .size bp_exit_full, . - bp_exit_full

/* How the host leaves our signal handlers. */
    .p2align 4
    .type bp_restorer, @function
bp_restorer:
    movl    $15, %eax           /* rt_sigreturn */
    syscall
    .size bp_restorer, . - bp_restorer

    .section .note.GNU-stack, "", @progbits
