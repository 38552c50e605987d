/*
 * Endless recursion is a SIGSEGV.
 *
 * flags: -Wno-infinite-recursion
 * exit: 139
 * report: SIGSEGV
 */
#include "compat.h"

static volatile int sink;

static int __attribute__((noinline)) endless(volatile char *above)
{
    volatile char frame[4096];

    frame[0] = above[0] + 1;
    sink += frame[0];
    return endless(frame) + frame[0];
}

int main(void)
{
    char top = 0;

    SAY("down we go");
    return endless(&top);
}
