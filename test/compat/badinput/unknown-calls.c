/*
 * Numbers that are no system call are ENOSYS, and nothing else happens.
 *
 * variants: glibc musl static
 * report: unknown system call 400 answered ENOSYS (further ones are not reported)
 */
#include "compat.h"

int main(void)
{
    const long numbers[] = {400, 423, 600, 1000, 65535, 1L << 30, -1, -2, -38};

    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        long ret;

        __asm__ volatile("syscall"
                         : "=a"(ret)
                         : "0"(numbers[i]), "D"(1), "S"(2), "d"(3)
                         : "rcx", "r11", "memory");
        SAY("%ld: %s", numbers[i], ret < 0 ? err_name(-ret) : "?");
    }
    SHOW(syscall(SYS_afs_syscall));
    SHOW(syscall(SYS_tuxcall));
    SHOW(syscall(SYS_uselib, "x"));
    SHOW(getppid() >= 0);
    return 0;
}
