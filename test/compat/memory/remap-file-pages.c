/* remap_file_pages(2) shows other pages of a shared file in a mapping's place. */
#include "compat.h"
#include <sys/mman.h>

enum {
    PAGE = 4096
};

int main(void)
{
    int fd = MUST(memfd_create("pages", 0));
    char *map, *mine;

    MUST(ftruncate(fd, 4 * PAGE));
    map = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    mine = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 4; i++)
        map[i * PAGE] = '0' + i;
    SHOW(syscall(SYS_remap_file_pages, map, PAGE, 0, 3, 0));
    SHOW(syscall(SYS_remap_file_pages, map + 3 * PAGE, PAGE, 0, 0, 0));
    SAY("%c%c%c%c", map[0], map[PAGE], map[2 * PAGE], map[3 * PAGE]);
    SHOW(syscall(SYS_remap_file_pages, mine, PAGE, 0, 0, 0));
    SHOW(syscall(SYS_remap_file_pages, map, PAGE, PROT_READ, 0, 0));
    SHOW(munmap(map, 4 * PAGE));
    SHOW(syscall(SYS_remap_file_pages, map, PAGE, 0, 0, 0));
    return 0;
}
