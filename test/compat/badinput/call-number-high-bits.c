/*
 * The number is the low 32 bits of rax on Linux: what is above them does not count.
 *
 * report: unknown system call 2147483687
 */
#include "compat.h"

static long raw(unsigned long nr)
{
    long ret;

    __asm__ volatile("syscall" : "=a"(ret) : "0"(nr) : "rcx", "r11", "memory");
    return ret;
}

int main(void)
{
    SHOW(raw(SYS_getpid) == getpid());
    SHOW(raw(SYS_getpid | 1UL << 32) == getpid());
    SHOW(raw(SYS_getpid | 0xffffffffUL << 32) == getpid());
    SHOW(raw(SYS_getpid | 1UL << 31));
    return 0;
}
