/* A system call on a page beyond the end of a file answers EFAULT. */
#include "compat.h"
#include <sys/mman.h>

enum {
    PAGE = 4096
};

int main(void)
{
    int fd = file_with("f", "x");
    int ends[2];
    char *map = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    MUST(pipe(ends));
    SHOW(write(ends[1], map + PAGE, 4));
    SHOW(write(ends[1], map, 4));
    SHOW(read(ends[0], map + PAGE, 4));
    SHOW(read(ends[0], map, 4));
    return 0;
}
