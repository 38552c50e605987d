/* MAP_FIXED replaces what was there, and only that; a hint is taken when free. */
#include "compat.h"
#include <sys/mman.h>

enum {
    PAGE = 4096,
    RW = PROT_READ | PROT_WRITE
};
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

int main(void)
{
    char *area = mmap(NULL, 8 * PAGE, RW, ANON, -1, 0);
    char *at, *reserved;

    CHECK(area != MAP_FAILED);
    memset(area, 7, 8 * PAGE);
    at = mmap(area + 2 * PAGE, 3 * PAGE, RW, ANON | MAP_FIXED, -1, 0);
    CHECK(at == area + 2 * PAGE);
    SAY("%d %d %d %d", area[2 * PAGE - 1], area[2 * PAGE], area[5 * PAGE - 1], area[5 * PAGE]);
    MUST(munmap(area + PAGE, PAGE));
    MUST(munmap(area + 6 * PAGE, PAGE)); /* another hole of that size, at a higher address */
    CHECK(mmap(area + PAGE + 8, PAGE, RW, ANON, -1, 0) == area + PAGE);
    CHECK(mmap(area + PAGE, PAGE, RW, ANON, -1, 0) != area + PAGE);
    MUST(munmap(area + PAGE, PAGE));
    at = mmap(area + PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0);
    CHECK(at == area + PAGE);
    reserved = mmap(NULL, (size_t)1 << 35, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);
    CHECK(reserved != MAP_FAILED);
    SHOW(mprotect(reserved + ((size_t)1 << 34), 2 * PAGE, RW));
    reserved[(size_t)1 << 34] = 1;
    CHECK(mmap(reserved + PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0) == reserved + PAGE);
    reserved[PAGE] = 1;
    SHOW(munmap(reserved, (size_t)1 << 35));
    return 0;
}
