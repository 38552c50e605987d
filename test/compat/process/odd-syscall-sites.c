/*
 * System calls from unusual places: in the middle of an immediate, by a register number, in a loop
 * that is jumped into, straight after a branch target.
 *
 * variants: glibc static musl
 * report: unknown system call 1000
 */
#include "compat.h"

long from_immediate(long nr);
long from_register(long nr);
long in_loop(long nr, long rounds);
long after_target(long nr, long skip);

__asm__(".text\n"
        /* The bytes 0f 05 c3 hide in an immediate: reached by an indirect jump only. */
        "hidden: .byte 0x48, 0xb8, 0x0f, 0x05, 0xc3, 0x90, 0x90, 0x90, 0x90, 0x90\n"
        "from_immediate: mov %rdi, %rax; lea hidden(%rip), %rcx; add $2, %rcx; jmp *%rcx\n"
        "from_register: mov %rdi, %rax; syscall; ret\n"
        "in_loop: mov %rsi, %rbx\n"
        "  mov %rdi, %r12\n"
        "1: mov %r12, %rax\n"
        "2: syscall\n"
        "  dec %rbx; jnz 1b\n"
        "  ret\n"
        "after_target: test %rsi, %rsi; mov %rdi, %rax; jnz 3f\n"
        "  mov $39, %eax\n"
        "3: syscall\n"
        "  ret\n");

/* rbx and r12 are the caller's: saved around the assembly. */
static long call_in_loop(long nr, long rounds)
{
    long ret;

    __asm__ volatile("sub $128, %%rsp; call in_loop; add $128, %%rsp"
                     : "=a"(ret)
                     : "D"(nr), "S"(rounds)
                     : "rbx", "r12", "rcx", "r11", "rdx", "memory");
    return ret;
}

int main(void)
{
    long pid = getpid();

    SHOW(from_immediate(SYS_getpid) == pid);
    SHOW(from_immediate(1000));
    SHOW(from_register(SYS_gettid) == gettid());
    SHOW(from_register(-1));
    SHOW(call_in_loop(SYS_getpid, 1000) == pid);
    SHOW(after_target(SYS_getppid, 0) == pid);
    SHOW(after_target(SYS_getppid, 1) == getppid());
    return 0;
}
