/*
 * A program without any library: its stack at entry, and bare system calls.
 *
 * exit: 17
 * args: a bc
 * variants: freestanding
 */
#include <stddef.h>
#include <sys/syscall.h>

static long call3(long nr, long a, long b, long c)
{
    long ret;

    __asm__ volatile("syscall"
                     : "=a"(ret)
                     : "0"(nr), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return ret;
}

static size_t length(const char *s)
{
    size_t n = 0;

    while (s[n])
        n++;
    return n;
}

static void put(const char *s)
{
    call3(SYS_write, 1, (long)s, length(s));
    call3(SYS_write, 1, (long)"\n", 1);
}

__attribute__((used)) void begin(long *stack, long rdx)
{
    long argc = stack[0];
    char **argv = (char **)(stack + 1);

    put(((long)stack & 15) == 0 ? "aligned" : "not aligned");
    put(rdx == 0 ? "no finaliser" : "a finaliser");
    for (long i = 1; i < argc; i++)
        put(argv[i]);
    put(argv[argc] == NULL ? "ends with NULL" : "no NULL");
    put(call3(SYS_close, -1, 0, 0) == -9 ? "EBADF" : "?");
    put(call3(SYS_getpid, 0, 0, 0) > 0 ? "pid" : "?");
    call3(SYS_exit_group, 17, 0, 0);
}

__asm__(".globl _start\n_start: mov %rsp, %rdi; mov %rdx, %rsi; and $-16, %rsp; call begin\n");
