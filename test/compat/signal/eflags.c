/* System calls made with the alignment check, the direction flag and the trap flag set. */
#include "compat.h"

static void on_trap(int sig)
{
    (void)sig;
}

static long getpid_with(unsigned long flags)
{
    long ret = SYS_getpid;

    __asm__ volatile("pushf; or %1, (%%rsp); popf\n\t"
                     "syscall\n\t"
                     "pushf; andq $~0x40500, (%%rsp); popf"
                     : "+a"(ret)
                     : "r"(flags)
                     : "rcx", "r11", "memory", "cc");
    return ret;
}

int main(void)
{
    on_signal(SIGTRAP, on_trap, 0);
    SHOW(getpid_with(1 << 18) == getpid());
    SHOW(getpid_with(1 << 10) == getpid());
    SHOW(getpid_with(1 << 8) == getpid());
    return 0;
}
