/*
 * RLIMIT_DATA counts private writable memory, however it came to be so; shared memory, and what
 * cannot be written, is free of it.
 */
#include "compat.h"
#include <sys/mman.h>
#include <sys/resource.h>

#define MIB ((size_t)1 << 20)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

int main(void)
{
    struct rlimit limit = {64 * MIB, RLIM_INFINITY};
    const int rw = PROT_READ | PROT_WRITE;
    char *area, *small, *shared;

    SAY("the stream has its buffer");
    SHOW(setrlimit(RLIMIT_DATA, &limit));
    SHOW_PTR(mmap(NULL, 256 * MIB, rw, ANON, -1, 0));
    SHOW_PTR(shared = mmap(NULL, 256 * MIB, rw, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    SHOW_PTR(area = mmap(NULL, 256 * MIB, PROT_NONE, ANON, -1, 0));
    SHOW(mprotect(area, 256 * MIB, rw));
    SHOW(mprotect(area, 32 * MIB, rw));
    area[0] = 1;
    SHOW(mprotect(area, 32 * MIB, rw));
    SHOW(mprotect(area + 32 * MIB, 40 * MIB, rw));
    SHOW(mprotect(area, 32 * MIB, PROT_READ));
    SHOW(mprotect(area + 32 * MIB, 40 * MIB, rw));
    SHOW(mprotect(shared, 256 * MIB, PROT_READ));
    SHOW(mprotect(shared, 256 * MIB, rw));
    SHOW(munmap(area, 256 * MIB));
    SHOW_PTR(small = mmap(NULL, 16 * MIB, rw, ANON, -1, 0));
    SHOW_PTR(mremap(small, 16 * MIB, 128 * MIB, MREMAP_MAYMOVE));
    SHOW_PTR(small = mremap(small, 16 * MIB, 32 * MIB, MREMAP_MAYMOVE));
    SHOW_PTR(mremap(small, 32 * MIB, 4 * MIB, 0));
    SHOW_PTR(small = mmap(NULL, 40 * MIB, rw, ANON, -1, 0));
    CHECK(mmap(small, 40 * MIB, rw, ANON | MAP_FIXED, -1, 0) == small);
    SHOW_PTR(malloc(100 * MIB));
    limit.rlim_cur = RLIM_INFINITY;
    SHOW(setrlimit(RLIMIT_DATA, &limit));
    SHOW_PTR(malloc(100 * MIB));
    return 0;
}
