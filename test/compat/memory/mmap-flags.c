/* Flags of mmap(2) that ask for a way of mapping: each is obeyed, or refused with its errno. */
#include "compat.h"
#include <sys/mman.h>

enum {
    PAGE = 4096,
    RW = PROT_READ | PROT_WRITE
};
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

int main(void)
{
    unsigned char resident[4];
    char *area, *low, *at;
    int fd = file_with("f", "content");

    area = SHOW_PTR(mmap(NULL, 4 * PAGE, RW, ANON | MAP_POPULATE, -1, 0));
    SHOW(mincore(area, 4 * PAGE, resident));
    SAY("%d %d", resident[0] & 1, resident[3] & 1);
    CHECK(mmap(area + PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED);
    SAY("%s", err_name(errno));
    CHECK(mmap(area + 1, PAGE, RW, ANON | MAP_FIXED, -1, 0) == MAP_FAILED);
    SAY("%s", err_name(errno));
    at = mmap(area, PAGE, RW, ANON, -1, 0);
    CHECK(at != MAP_FAILED && at != area);
    at = mmap(area + 1, PAGE, RW, ANON, -1, 0);
    CHECK(at != MAP_FAILED && ((uintptr_t)at & (PAGE - 1)) == 0);
    area = SHOW_PTR(mmap(NULL, (size_t)1 << 36, RW, ANON | MAP_NORESERVE, -1, 0));
    area[(size_t)1 << 35] = 1;
    SHOW(munmap(area, (size_t)1 << 36));
    low = SHOW_PTR(mmap(NULL, 1 << 20, RW, ANON | MAP_32BIT, -1, 0));
    CHECK((uintptr_t)low < (uintptr_t)1 << 31);
    memset(low, 1, 1 << 20);
    low = SHOW_PTR(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_32BIT, fd, 0));
    SAY("%.7s", low);
    SHOW_PTR(mmap(NULL, PAGE, RW, ANON | MAP_STACK | MAP_GROWSDOWN, -1, 0));
    SHOW_PTR(mmap(NULL, PAGE, RW, ANON | MAP_LOCKED, -1, 0));
    SHOW_PTR(mmap(NULL, PAGE, RW, MAP_SHARED | MAP_GROWSDOWN | MAP_ANONYMOUS, -1, 0));
    SHOW_PTR(mmap(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0));
    SHOW_PTR(mmap(NULL, PAGE, RW, MAP_SHARED_VALIDATE | MAP_SYNC, fd, 0));
    SHOW_PTR(mmap(NULL, PAGE, RW, MAP_SHARED_VALIDATE | (1 << 28), fd, 0));
    SHOW_PTR(mmap(NULL, (size_t)1 << 40, RW, ANON | MAP_HUGETLB, -1, 0));
    SHOW_PTR(mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_HUGETLB, fd, 0));
    SHOW_PTR(mmap(NULL, (size_t)1 << 47, PROT_NONE, ANON | MAP_NORESERVE, -1, 0));
    SHOW_PTR(mmap(NULL, (size_t)-1, RW, ANON, -1, 0));
    SHOW_PTR(mmap(NULL, 0, RW, ANON, -1, 0));
    SHOW_PTR(mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 1));
    return 0;
}
