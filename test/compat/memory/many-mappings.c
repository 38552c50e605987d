/* Thousands of mappings side by side that the kernel cannot join, in any order of coming and
 * going. */
#include "compat.h"
#include <sys/mman.h>

enum {
    PAGE = 4096,
    COUNT = 10000,
    RW = PROT_READ | PROT_WRITE
};
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

int main(void)
{
    static char *at[COUNT];
    char *area;

    for (int i = 0; i < COUNT; i++) {
        at[i] = mmap(NULL, PAGE, i % 2 ? RW : PROT_READ, ANON, -1, 0);
        CHECK(at[i] != MAP_FAILED);
        if (i % 2)
            *(int *)at[i] = i;
    }
    for (int i = 0; i < COUNT; i += 2)
        MUST(munmap(at[i], PAGE));
    for (int i = 1; i < COUNT; i += 2)
        CHECK(*(int *)at[i] == i);
    for (int i = 0; i < COUNT; i += 2) {
        at[i] = mmap(NULL, PAGE, RW, ANON, -1, 0);
        CHECK(at[i] != MAP_FAILED && *(int *)at[i] == 0);
        *(int *)at[i] = i;
    }
    for (int i = 0; i < COUNT; i++)
        CHECK(*(int *)at[i] == i);
    area = mmap(NULL, (size_t)COUNT * PAGE, RW, ANON, -1, 0);
    for (int i = 0; i < COUNT; i += 2)
        MUST(mprotect(area + (size_t)i * PAGE, PAGE, PROT_NONE));
    for (int i = 1; i < COUNT; i += 2)
        area[(size_t)i * PAGE] = 1;
    SHOW(munmap(area, (size_t)COUNT * PAGE));
    for (int i = 0; i < COUNT; i++)
        MUST(munmap(at[i], PAGE));
    return 0;
}
