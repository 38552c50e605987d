/* fallocate(2): room, holes, and what is refused. */
#include "compat.h"
#include <linux/falloc.h>
#include <sys/stat.h>

int main(void)
{
    int fd = file_with("f", "0123456789"), reader = MUST(open("f", O_RDONLY));
    int folder = MUST(open(".", O_RDONLY));
    char buf[16] = "";
    struct stat st;

    SHOW(fallocate(fd, 0, 0, 8192));
    MUST(fstat(fd, &st));
    SAY("%ld, %d", (long)st.st_size, st.st_blocks >= 16);
    SHOW(fallocate(fd, FALLOC_FL_KEEP_SIZE, 8192, 8192));
    SHOW(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 2, 4));
    SHOW(pread(fd, buf, 10, 0));
    SAY("%d%d %c", buf[1] == '1', buf[2] == 0, buf[6]);
    MUST(fstat(fd, &st));
    SAY("%ld", (long)st.st_size);
    SHOW(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 1));
    SHOW(fallocate(fd, 0, -1, 1));
    SHOW(fallocate(fd, 0, 0, 0));
    SHOW(fallocate(fd, 0x4000, 0, 1));
    SHOW(fallocate(reader, 0, 0, 1));
    SHOW(fallocate(folder, 0, 0, 1));
    SHOW(fallocate(99, 0, 0, 1));
    return 0;
}
