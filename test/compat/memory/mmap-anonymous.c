/* Anonymous mappings are zeroed, apart from each other, and can be given back in part. */
#include "compat.h"
#include <sys/mman.h>

enum {
    PAGE = 4096,
    PAGES = 64
};

int main(void)
{
    char *a = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *b = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned char vec[PAGES];

    CHECK(a != MAP_FAILED && b != MAP_FAILED && a != b);
    CHECK((uintptr_t)a % PAGE == 0);
    for (int i = 0; i < PAGES * PAGE; i += 64)
        CHECK(a[i] == 0);
    memset(a, 1, PAGES * PAGE);
    CHECK(b[0] == 0);
    SHOW(munmap(a + 8 * PAGE, 8 * PAGE));
    SHOW(mincore(a, 8 * PAGE, vec));
    SHOW(mincore(a + 8 * PAGE, PAGE, vec));
    SHOW(mincore(a + 16 * PAGE, PAGE, vec));
    CHECK(a[8 * PAGE - 1] == 1 && a[16 * PAGE] == 1);
    SHOW(munmap(a, PAGES * PAGE));
    SHOW(munmap(a, PAGES * PAGE));
    SHOW(munmap(a + 1, PAGE));
    SHOW(munmap(a, 0));
    SHOW(mincore(a, PAGE, vec));
    return 0;
}
