#include "base/arena_base.h"

/*
 * See uaccess.h. Every instruction between bp_uaccess_start and bp_uaccess_end may fault; nothing here pushes, so the
 * fixup finds the return address on top of the stack.
 */
    .text
    .globl bp_uaccess_start, bp_uaccess_end, bp_uaccess_fixup
    .globl bp_copy, bp_copy_in, bp_copy_out, bp_copy_checked, bp_copy_string, bp_get_user32, bp_get_user64, bp_put_user32, bp_put_user64, bp_cmpxchg_user32
    .globl bp_user_xsave, bp_user_xrstor, bp_user_fxrstor

/* Refuses what starts in the arena. It needs no length: the page below the arena is never mapped. */
.macro refuse_arena address
    movq    \address, %rax
    shrq    $BP_ARENA_SHIFT, %rax
    cmpl    $(BP_ARENA_BASE >> BP_ARENA_SHIFT), %eax
    je      bp_uaccess_fixup
.endm

    .p2align 6
bp_uaccess_start:

/* long bp_copy_in(rdi own, rsi user, rdx n), long bp_copy_out(rdi user, rsi own, rdx n) */
    .type bp_copy_in, @function
bp_copy_in:
    refuse_arena %rsi
    jmp     bp_copy_checked
    .size bp_copy_in, . - bp_copy_in

/* long bp_copy(rdi dst, rsi src, rdx n): overlapping 8-byte moves for short blocks, rep movsb for long ones. */
    .p2align 4
    .type bp_copy, @function
bp_copy:
    refuse_arena %rsi
    .type bp_copy_out, @function
bp_copy_out:
    refuse_arena %rdi
    .type bp_copy_checked, @function
bp_copy_checked:
    cmpq    $8, %rdx
    jb      .Lcopy_tiny
    movq    -8(%rsi,%rdx), %r8          /* the tail is loaded first and stored last */
    leaq    -8(%rdi,%rdx), %r9
    cmpq    $256, %rdx
    jae     .Lcopy_rep
    leaq    -8(%rdx), %rcx
    xorl    %eax, %eax
    cmpq    $8, %rcx
    jbe     .Lcopy_last
    .p2align 4
.Lcopy_loop:
    movq    (%rsi,%rax), %r10
    movq    8(%rsi,%rax), %r11
    movq    %r10, (%rdi,%rax)
    movq    %r11, 8(%rdi,%rax)
    addq    $16, %rax
    leaq    8(%rax), %r10
    cmpq    %rcx, %r10
    jb      .Lcopy_loop
    cmpq    %rcx, %rax
    jae     .Lcopy_tail
.Lcopy_last:
    movq    (%rsi,%rax), %r10
    movq    %r10, (%rdi,%rax)
.Lcopy_tail:
    movq    %r8, (%r9)
    xorl    %eax, %eax
    ret
.Lcopy_rep:
    movq    %rdx, %rcx
    rep movsb
    xorl    %eax, %eax
    ret
.Lcopy_tiny:
    xorl    %eax, %eax
    testq   %rdx, %rdx
    je      1f
0:  movzbl  (%rsi,%rax), %ecx
    movb    %cl, (%rdi,%rax)
    incq    %rax
    cmpq    %rdx, %rax
    jb      0b
    xorl    %eax, %eax
1:  ret
    .size bp_copy, . - bp_copy

/* long bp_copy_string(rdi dst, rsi src, rdx size) */
    .p2align 4
    .type bp_copy_string, @function
bp_copy_string:
    refuse_arena %rsi
    xorl    %eax, %eax
0:  cmpq    %rdx, %rax
    jae     1f
    movzbl  (%rsi,%rax), %ecx
    movb    %cl, (%rdi,%rax)
    testb   %cl, %cl
    je      2f
    incq    %rax
    jmp     0b
1:  movq    $-36, %rax                  /* -ENAMETOOLONG */
2:  ret
    .size bp_copy_string, . - bp_copy_string

    .p2align 4
    .type bp_get_user32, @function
bp_get_user32:
    refuse_arena %rsi
    movl    (%rsi), %eax
    movl    %eax, (%rdi)
    xorl    %eax, %eax
    ret

    .p2align 4
    .type bp_get_user64, @function
bp_get_user64:
    refuse_arena %rsi
    movq    (%rsi), %rax
    movq    %rax, (%rdi)
    xorl    %eax, %eax
    ret

    .p2align 4
    .type bp_put_user32, @function
bp_put_user32:
    refuse_arena %rdi
    movl    %esi, (%rdi)
    xorl    %eax, %eax
    ret

    .p2align 4
    .type bp_put_user64, @function
bp_put_user64:
    refuse_arena %rdi
    movq    %rsi, (%rdi)
    xorl    %eax, %eax
    ret

/* long bp_cmpxchg_user32(rdi dst, rsi old, edx desired) */
    .p2align 4
    .type bp_cmpxchg_user32, @function
bp_cmpxchg_user32:
    refuse_arena %rdi
    movl    (%rsi), %eax
    lock cmpxchgl %edx, (%rdi)
    movl    %eax, (%rsi)
    xorl    %eax, %eax
    ret

/* long bp_user_xsave(rdi image, rsi mask), long bp_user_xrstor(rdi image, rsi mask) */
    .p2align 4
    .type bp_user_xsave, @function
bp_user_xsave:
    refuse_arena %rdi
    movl    %esi, %eax
    movq    %rsi, %rdx
    shrq    $32, %rdx
    xsave64 (%rdi)
    xorl    %eax, %eax
    ret

    .p2align 4
    .type bp_user_xrstor, @function
bp_user_xrstor:
    refuse_arena %rdi
    movl    %esi, %eax
    movq    %rsi, %rdx
    shrq    $32, %rdx
    xrstor64 (%rdi)
    xorl    %eax, %eax
    ret

    .p2align 4
    .type bp_user_fxrstor, @function
bp_user_fxrstor:
    refuse_arena %rdi
    fxrstor64 (%rdi)
    xorl    %eax, %eax
    ret

bp_uaccess_end:

    .type bp_uaccess_fixup, @function
bp_uaccess_fixup:
    movq    $-14, %rax                  /* -EFAULT */
    ret

    .section .note.GNU-stack, "", @progbits
