/* mremap(2) grows, moves and shrinks mappings with their content. */
#include "compat.h"
#include <sys/mman.h>

enum {
    PAGE = 4096,
    RW = PROT_READ | PROT_WRITE
};
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

int main(void)
{
    char *area = mmap(NULL, 16 * PAGE, RW, ANON, -1, 0);
    char *blocked = area, *moved, *fixed;

    for (int i = 0; i < 16; i++)
        area[i * PAGE] = i + 1;
    CHECK(mremap(area, 16 * PAGE, 4 * PAGE, 0) == area);
    SHOW(munmap(area + 4 * PAGE, 12 * PAGE));
    CHECK(mmap(area + 4 * PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0) == area + 4 * PAGE);
    SHOW_PTR(mremap(blocked, 4 * PAGE, 8 * PAGE, 0));
    moved = mremap(blocked, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE);
    CHECK(moved != MAP_FAILED && moved != blocked);
    SAY("%d %d %d %d", moved[0], moved[3 * PAGE], moved[4 * PAGE], moved[7 * PAGE]);
    SHOW_PTR(mremap(blocked, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
    fixed = mmap(NULL, 8 * PAGE, PROT_NONE, ANON, -1, 0);
    CHECK(mremap(moved, 8 * PAGE, 8 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, fixed) == fixed);
    SAY("%d %d", fixed[0], fixed[3 * PAGE]);
    SHOW_PTR(mremap(fixed + 1, PAGE, PAGE, MREMAP_MAYMOVE));
    SHOW_PTR(mremap(fixed, PAGE, 0, MREMAP_MAYMOVE));
    SHOW_PTR(mremap(fixed, PAGE, PAGE, MREMAP_FIXED, fixed + PAGE));
    SHOW_PTR(mremap(fixed, PAGE, PAGE, 64));
    return 0;
}
