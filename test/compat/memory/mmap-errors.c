/* mmap(2) refuses with the documented errno. */
#include "compat.h"
#include <sys/mman.h>
#include <sys/stat.h>

enum {
    PAGE = 4096,
    RW = PROT_READ | PROT_WRITE
};
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

int main(void)
{
    char *page = mmap(NULL, PAGE, RW, ANON, -1, 0);
    int fd = file_with("f", "0123456789");
    int readonly = MUST(open("f", O_RDONLY));
    int writeonly = MUST(open("f", O_WRONLY));
    int dir = MUST(open(".", O_RDONLY));

    (void)fd;
    SHOW_PTR(mmap(NULL, 0, RW, ANON, -1, 0));
    SHOW_PTR(mmap(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0));
    SHOW_PTR(mmap(NULL, PAGE, RW, MAP_PRIVATE, -1, 0));
    SHOW_PTR(mmap(NULL, PAGE, RW, MAP_PRIVATE, 99, 0));
    SHOW_PTR(mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 100));
    SHOW_PTR(mmap(NULL, PAGE, RW, MAP_SHARED, readonly, 0));
    SHOW_PTR(mmap(NULL, PAGE, RW, MAP_PRIVATE, readonly, 0));
    SHOW_PTR(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, writeonly, 0));
    SHOW_PTR(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, dir, 0));
    SHOW_PTR(mmap(page + 1, PAGE, RW, ANON | MAP_FIXED, -1, 0));
    SHOW_PTR(mmap(page, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0));
    SHOW_PTR(mmap((void *)(-1UL << 12), PAGE, RW, ANON | MAP_FIXED, -1, 0));
    SHOW_PTR(mmap(NULL, SIZE_MAX, RW, ANON, -1, 0));
    SHOW_PTR(mmap(NULL, (size_t)1 << 50, RW, ANON, -1, 0));
    SHOW(mprotect(page + 1, PAGE, PROT_READ));
    SHOW(mprotect(page, PAGE, 0x1000));
    SHOW(mprotect(page, 0, PROT_READ));
    MUST(munmap(page, PAGE));
    SHOW(mprotect(page, PAGE, PROT_READ));
    SHOW(madvise(page, PAGE, MADV_NORMAL));
    SHOW(madvise(page, PAGE, 9999));
    return 0;
}
