/* mlockall locks what there is and what comes; munlockall ends it; flags that make no sense are
 * EINVAL. */
#include "compat.h"
#include <sys/mman.h>

enum {
    PAGE = 4096,
    RW = PROT_READ | PROT_WRITE
};
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static int resident(char *area)
{
    unsigned char vec[4];

    MUST(mincore(area, 4 * PAGE, vec));
    return (vec[0] & 1) + (vec[1] & 1) + (vec[2] & 1) + (vec[3] & 1);
}

int main(void)
{
    char *before = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0), *none, *after;

    none = mmap(NULL, 4 * PAGE, PROT_NONE, ANON, -1, 0);
    CHECK(none != MAP_FAILED);
    SHOW(mlockall(MCL_CURRENT | MCL_FUTURE));
    SAY("%d", resident(before));
    SHOW(madvise(before, 4 * PAGE, MADV_DONTNEED));
    after = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0);
    SAY("%d", resident(after));
    SHOW(munlockall());
    SHOW(madvise(before, 4 * PAGE, MADV_DONTNEED));
    after = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0);
    SAY("%d", resident(after));
    SHOW(mlockall(MCL_FUTURE | MCL_ONFAULT));
    after = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0);
    SAY("%d", resident(after));
    after[PAGE] = 1;
    SHOW(madvise(after, 4 * PAGE, MADV_DONTNEED));
    SHOW(mlockall(MCL_ONFAULT));
    SHOW(mlockall(0x100));
    SHOW(mlockall(0));
    SHOW(munlockall());
    return 0;
}
