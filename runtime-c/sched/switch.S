/*
 * void bp_switch(u64 *save_sp /rdi/, u64 load_sp /rsi/): leaves one stack for another. What the C calling convention
 * preserves is saved; the rest is dead at a call. FS, control words and vector registers are the caller's business.
 */
    .text
    .globl bp_switch, bp_thread_trampoline
    .p2align 4
    .type bp_switch, @function
bp_switch:
    pushq   %rbp
    pushq   %rbx
    pushq   %r12
    pushq   %r13
    pushq   %r14
    pushq   %r15
    movq    %rsp, (%rdi)
    movq    %rsi, %rsp
    popq    %r15
    popq    %r14
    popq    %r13
    popq    %r12
    popq    %rbx
    popq    %rbp
    ret
    .size bp_switch, . - bp_switch

/* The first instruction of a new thread: bp_thread_init left its entry in rbx and the argument in r12. */
    .p2align 4
    .type bp_thread_trampoline, @function
bp_thread_trampoline:
    call    bp_switch_finish
    movq    %r12, %rdi
    call    *%rbx
    ud2
    .size bp_thread_trampoline, . - bp_thread_trampoline

    .section .note.GNU-stack, "", @progbits
