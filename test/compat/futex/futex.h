/* futex(2) without a libc in between. */
#ifndef COMPAT_FUTEX_H
#define COMPAT_FUTEX_H

#include "compat.h"
#include <limits.h>
#include <linux/futex.h>

UNUSED static long futex(volatile void *word, int op, unsigned val, const void *timeout_or_val2,
                         volatile void *word2, unsigned val3)
{
    return syscall(SYS_futex, word, op, val, timeout_or_val2, word2, val3);
}

/* Wakes until somebody was woken: the waiter may not have gone to sleep yet. */
UNUSED static void wake_one(volatile int *word)
{
    while (futex(word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0) == 0)
        sched_yield();
}

#endif
