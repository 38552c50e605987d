/*
 * long bp_clone_kernel_thread(u64 flags /rdi/, void *stack_top /rsi/, int (*fn)(void *) /rdx/, void *arg /rcx/):
 * clone(2) whose child runs fn(arg) on its own stack and then exits. Returns the child's tid or negative errno.
 */
    .text
    .globl bp_clone_kernel_thread
    .p2align 4
    .type bp_clone_kernel_thread, @function
bp_clone_kernel_thread:
    subq    $16, %rsi
    movq    %rdx, (%rsi)
    movq    %rcx, 8(%rsi)
    xorl    %edx, %edx
    xorl    %r10d, %r10d
    xorl    %r8d, %r8d
    movl    $56, %eax           /* clone */
    syscall
    testq   %rax, %rax
    je      1f
    ret
1:  xorl    %ebp, %ebp
    popq    %rax
    popq    %rdi
    call    *%rax
    movl    %eax, %edi
    movl    $60, %eax           /* exit */
    syscall
    ud2
    .size bp_clone_kernel_thread, . - bp_clone_kernel_thread

    .section .note.GNU-stack, "", @progbits
