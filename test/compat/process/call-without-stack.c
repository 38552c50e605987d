/*
 * A system call needs no stack: it works with a stack pointer that points nowhere.
 *
 * variants: glibc static
 */
#include "compat.h"

static long without_stack(long nr, long a, long b, long c, long stack)
{
    long ret;

    __asm__ volatile("mov %%rsp, %%r12; mov %[stack], %%rsp; syscall; mov %%r12, %%rsp"
                     : "=a"(ret)
                     : "0"(nr), "D"(a), "S"(b), "d"(c), [stack] "r"(stack)
                     : "rcx", "r11", "r12", "memory");
    return ret;
}

int main(void)
{
    char c = 0;
    int ends[2];

    MUST(pipe(ends));
    SHOW(without_stack(SYS_getpid, 0, 0, 0, 0) == getpid());
    SHOW(without_stack(SYS_write, ends[1], (long)"x", 1, 1));
    SHOW(without_stack(SYS_read, ends[0], (long)&c, 1, -8));
    SHOW(without_stack(SYS_write, ends[1], 8, 1, 0x8000000000000000));
    SAY("%c", c);
    return 0;
}
