/* MADV_DONTNEED drops private content at once; other advice changes nothing that can be seen. */
#include "compat.h"
#include <sys/mman.h>

enum {
    PAGE = 4096
};

int main(void)
{
    int fd = file_with("f", "file");
    char *area = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *file = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

    memset(area, 'x', 4 * PAGE);
    strcpy(file, "mine");
    SHOW(madvise(area, 2 * PAGE, MADV_DONTNEED));
    SAY("%d %d", area[0], area[2 * PAGE]);
    SHOW(madvise(file, PAGE, MADV_DONTNEED));
    SAY("%s", file);
    SHOW(madvise(area, 4 * PAGE, MADV_WILLNEED));
    SHOW(madvise(area, 4 * PAGE, MADV_SEQUENTIAL));
    SHOW(madvise(area, 0, MADV_DONTNEED));
    SHOW(madvise(area + 1, PAGE, MADV_DONTNEED));
    SHOW(madvise(area, 4 * PAGE, 12345));
    SAY("%d", area[2 * PAGE]);
    return 0;
}
