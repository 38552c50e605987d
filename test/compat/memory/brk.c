/*
 * The program break grows with zeroed memory and shrinks again.
 *
 * variants: glibc static no-pie
 */
#include "compat.h"

enum {
    MIB = 1 << 20
};

int main(void)
{
    char *start, *grown;

    SAY("the stream has its buffer");
    start = sbrk(0);
    CHECK(sbrk(4 * MIB) == start);
    CHECK(sbrk(0) == start + 4 * MIB);
    for (int i = 0; i < 4 * MIB; i += 512)
        CHECK(start[i] == 0);
    memset(start, 'x', 4 * MIB);
    CHECK(sbrk(-2 * MIB) == start + 4 * MIB);
    CHECK(start[2 * MIB - 1] == 'x');
    grown = sbrk(2 * MIB);
    CHECK(grown == start + 2 * MIB);
    for (int i = 0; i < 2 * MIB; i += 512)
        CHECK(grown[i] == 0);
    SHOW(brk(start + 1000));
    CHECK(sbrk(0) == start + 1000);
    CHECK(syscall(SYS_brk, 0) == (long)(start + 1000));
    CHECK(syscall(SYS_brk, 4096) == (long)(start + 1000));
    SHOW_PTR(sbrk((intptr_t)1 << 46));
    SHOW_PTR(malloc(100000));
    return 0;
}
