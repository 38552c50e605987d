/* Advice with effects that can be seen, and advice that does not apply. */
#include "compat.h"
#include <sys/mman.h>

enum {
    PAGE = 4096,
    RW = PROT_READ | PROT_WRITE
};

int main(void)
{
    char *area = mmap(NULL, 8 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *shared = mmap(NULL, 4 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    unsigned char resident[8];
    int fd = file_with("f", "file"), *word;

    memset(area, 'x', 8 * PAGE);
    memset(shared, 'y', 4 * PAGE);
    SHOW(madvise(area, 4 * PAGE, MADV_FREE));
    word = (int *)area;
    CHECK(*word == 0 || *word == 0x78787878);
    *word = 5;
    SAY("%d %c", *word, area[5 * PAGE]);
    SHOW(madvise(shared, 2 * PAGE, MADV_FREE));
    SHOW(madvise(shared, 2 * PAGE, MADV_DONTNEED));
    SAY("%c", shared[0]);
    SHOW(madvise(shared, 2 * PAGE, MADV_REMOVE));
    SAY("%d %c", shared[0], shared[2 * PAGE]);
    SHOW(madvise(area, PAGE, MADV_REMOVE));
    SHOW(madvise(area, 8 * PAGE, MADV_DONTDUMP));
    SHOW(madvise(area, 8 * PAGE, MADV_DODUMP));
    SHOW(madvise(area, 8 * PAGE, MADV_WIPEONFORK));
    SHOW(madvise(shared, PAGE, MADV_WIPEONFORK));
    SHOW(madvise(area, 8 * PAGE, MADV_POPULATE_WRITE));
    SHOW(mincore(area, 8 * PAGE, resident));
    SAY("%d %d", resident[0] & 1, resident[7] & 1);
    SHOW(madvise(area, 8 * PAGE, MADV_DONTNEED));
    SHOW(mincore(area, 8 * PAGE, resident));
    SAY("%d %d", resident[0] & 1, resident[7] & 1);
    SHOW(mincore(area + 1, PAGE, resident));
    SHOW(mincore(area, PAGE, (void *)8));
    SHOW(munmap(area + PAGE, PAGE));
    SHOW(mincore(area, 3 * PAGE, resident));
    SHOW(madvise(area, 3 * PAGE, MADV_WILLNEED));
    SHOW(madvise(area, 3 * PAGE, MADV_DONTNEED));
    SHOW(madvise(area, (size_t)-PAGE, MADV_DONTNEED));
    SHOW(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
    return 0;
}
