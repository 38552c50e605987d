/* brk answers the old break when it cannot do what it is asked; RLIMIT_DATA ends its growth. */
#include "compat.h"
#include <sys/mman.h>
#include <sys/resource.h>

enum {
    MIB = 1 << 20
};

static char *raw_brk(void *to)
{
    return (char *)syscall(SYS_brk, to);
}

int main(void)
{
    struct rlimit limit = {64 * MIB, 64 * MIB};
    char *start, *end;

    SAY("the stream has its buffer");
    start = raw_brk(NULL);
    CHECK(raw_brk((void *)1) == start);
    CHECK(raw_brk((void *)-1) == start);
    CHECK(raw_brk((void *)(1UL << 47)) == start);
    CHECK(raw_brk(start + 10) == start + 10);
    CHECK(raw_brk(start + 3 * MIB) == start + 3 * MIB);
    memset(start, 1, 3 * MIB);
    CHECK(raw_brk(start + MIB + 1) == start + MIB + 1);
    CHECK(raw_brk(start + 2 * MIB) == start + 2 * MIB);
    CHECK(start[MIB] == 1 && start[MIB + 4096] == 0);
    CHECK(raw_brk(start) == start);
    SHOW(setrlimit(RLIMIT_DATA, &limit));
    CHECK(raw_brk(start + 256 * MIB) == start);
    SHOW_PTR(sbrk(256 * MIB));
    end = raw_brk(start + 16 * MIB);
    CHECK(end == start + 16 * MIB);
    SHOW_PTR(mmap(NULL, 60 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    SHOW_PTR(mmap(NULL, 60 * MIB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    CHECK(raw_brk(start) == start);
    SHOW_PTR(mmap(NULL, 60 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    return 0;
}
