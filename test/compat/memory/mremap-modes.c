/* mremap(2): MREMAP_DONTUNMAP, doubling of shared memory by an old size of 0, fixed moves, errors.
 */
#include "compat.h"
#include <sys/mman.h>

enum {
    PAGE = 4096,
    RW = PROT_READ | PROT_WRITE,
    BOTH = MREMAP_MAYMOVE | MREMAP_FIXED,
};
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

/* The C library passes no hint where there is none. */
static void *remap(void *at, size_t len, size_t new_len, int flags, void *hint)
{
    return (void *)syscall(SYS_mremap, at, len, new_len, flags, hint);
}

int main(void)
{
    char *area = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0), *moved, *twin, *target, *grown;
    char *shared = mmap(NULL, 2 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    strcpy(area, "content");
    moved = SHOW_PTR(remap(area, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL));
    SAY("%s, %d", moved, area[0]);
    strcpy(area, "again");
    SAY("%s", moved);
    SHOW_PTR(remap(area, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL));
    SHOW_PTR(remap(area, 4 * PAGE, 4 * PAGE, MREMAP_DONTUNMAP, NULL));
    SHOW_PTR(remap(area, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, (void *)1));
    SHOW_PTR(remap(area, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, area));
    strcpy(shared, "one memory");
    twin = SHOW_PTR(mremap(shared, 0, 2 * PAGE, MREMAP_MAYMOVE));
    CHECK(twin != shared);
    SAY("%s", twin);
    twin[0] = 'O';
    SAY("%s", shared);
    SHOW_PTR(mremap(area, 0, PAGE, MREMAP_MAYMOVE));
    SHOW_PTR(mremap(shared, 0, PAGE, 0));
    target = mmap(NULL, 8 * PAGE, RW, ANON, -1, 0);
    memset(target, 'x', 8 * PAGE);
    CHECK(mremap(moved, 4 * PAGE, 2 * PAGE, BOTH, target) == target);
    SAY("%s %c", target, target[2 * PAGE]);
    SHOW_PTR(mremap(target, 2 * PAGE, 2 * PAGE, BOTH, target + PAGE));
    SHOW_PTR(mremap(target, PAGE, PAGE, BOTH, target + 100));
    SHOW_PTR(mremap(target, PAGE, PAGE, MREMAP_FIXED, target + 4 * PAGE));
    SHOW_PTR(mremap(target, PAGE, PAGE, 64));
    grown = SHOW_PTR(mremap(target, 2 * PAGE, 100 * PAGE, MREMAP_MAYMOVE));
    SAY("%s %d", grown, grown[99 * PAGE]);
    SHOW_PTR(mremap(grown, 100 * PAGE, PAGE, 0));
    SHOW_PTR(mremap(grown + PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
    SHOW_PTR(mremap((char *)0 + 8 * PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
    return 0;
}
