/*
 * A system call changes rax, rcx and r11, and nothing else: not the other registers, the red zone
 * or the direction flag; rcx is the address after it and r11 the flags.
 *
 * variants: glibc static
 * report: unknown system call 1000
 */
#include "compat.h"

/* Index 0 to 14: rax rbx rcx rdx rsi rdi rbp r8 to r15. */
struct regs {
    uint64_t r[15];
    uint64_t red_zone;
    uint64_t after;
};

void call_with(struct regs *in_out);

/* rbp carries `in_out` over the call by way of the stack, not a register: all 15 are under test. */
__asm__(".text\n"
        "call_with:\n"
        "  push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
        "  push %rdi\n"
        "  mov %rdi, %rax\n"
        "  mov 8(%rax), %rbx; mov 16(%rax), %rcx; mov 24(%rax), %rdx; mov 32(%rax), %rsi\n"
        "  mov 40(%rax), %rdi; mov 48(%rax), %rbp; mov 56(%rax), %r8; mov 64(%rax), %r9\n"
        "  mov 72(%rax), %r10; mov 80(%rax), %r11; mov 88(%rax), %r12; mov 96(%rax), %r13\n"
        "  mov 104(%rax), %r14; mov 112(%rax), %r15\n"
        "  movq $0x5ca1ab1e, -8(%rsp); movq $0x5ca1ab1e, -128(%rsp)\n"
        "  mov 0(%rax), %rax\n"
        "  syscall\n"
        "after_call:\n"
        "  xchg %rax, 0(%rsp)\n" /* rax: in_out; the slot: the result */
        "  mov %rbx, 8(%rax); mov %rcx, 16(%rax); mov %rdx, 24(%rax); mov %rsi, 32(%rax)\n"
        "  mov %rdi, 40(%rax); mov %rbp, 48(%rax); mov %r8, 56(%rax); mov %r9, 64(%rax)\n"
        "  mov %r10, 72(%rax); mov %r11, 80(%rax); mov %r12, 88(%rax); mov %r13, 96(%rax)\n"
        "  mov %r14, 104(%rax); mov %r15, 112(%rax)\n"
        "  mov -8(%rsp), %rcx; and -128(%rsp), %rcx; mov %rcx, 120(%rax)\n"
        "  pop %rcx; mov %rcx, 0(%rax)\n"
        "  lea after_call(%rip), %rcx; mov %rcx, 128(%rax)\n"
        "  pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
        "  ret\n");

static void try_call(const char *name, long nr, long a, long b, long c, long d)
{
    struct regs regs, before;

    for (int i = 0; i < 15; i++)
        regs.r[i] = 0x1111111111111111u * (i + 1);
    regs.r[0] = nr;
    regs.r[5] = a;
    regs.r[4] = b;
    regs.r[3] = c;
    regs.r[9] = d;
    before = regs;
    call_with(&regs);
    for (int i = 1; i < 15; i++)
        if (i != 2 && i != 10 && regs.r[i] != before.r[i])
            SAY("%s: register %d changed", name, i);
    CHECK(regs.red_zone == 0x5ca1ab1e);
    SAY("%s: rcx %s, r11 %s flags", name, regs.r[2] == regs.after ? "right" : "wrong",
        (regs.r[10] & 0x202) == 0x202 && !(regs.r[10] & 0x400) ? "like" : "unlike");
}

int main(void)
{
    struct timespec brief = {0, 1000};
    char c;
    int ends[2];

    MUST(pipe(ends));
    try_call("getpid", SYS_getpid, 0, 0, 0, 0);
    try_call("write", SYS_write, ends[1], (long)"x", 1, 0);
    try_call("read", SYS_read, ends[0], (long)&c, 1, 0);
    try_call("bad read", SYS_read, 99, 0, 0, 0);
    try_call("yield", SYS_sched_yield, 0, 0, 0, 0);
    try_call("nanosleep", SYS_nanosleep, (long)&brief, 0, 0, 0);
    try_call("unknown", 1000, 0, 0, 0, 0);
    return 0;
}
