/*
 * System calls of the host kernel, made by the runtime itself. The launcher's text is exempt from
 * Syscall User Dispatch, so these are native. Each returns the kernel's value: negative errno on
 * failure, never -1 and errno.
 */
#ifndef BP_BASE_HOST_H
#define BP_BASE_HOST_H

#include "base/base.h"

BP_INLINE long bp_host6(long nr, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long ret;

    __asm__ volatile("syscall"
                     : "=a"(ret)
                     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return ret;
}

/* bp_host(nr, args...): missing arguments are 0; pointers and integers are both taken. */
#define bp_host(...) BP_HOST_PICK_(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define BP_HOST_PICK_(nr, a, b, c, d, e, f, ...) \
    bp_host6((long)(nr), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/* True for a value that the kernel returns for failure. */
BP_INLINE bool bp_is_error(long ret)
{
    return (unsigned long)ret > -4096UL;
}

#endif
