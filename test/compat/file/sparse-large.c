/* Offsets beyond 4 GiB. */
#include "compat.h"
#include <sys/stat.h>

int main(void)
{
    struct stat st;
    char c = 0;
    int fd = file_with("f", "");

    SHOW(pwrite(fd, "x", 1, (off_t)5 << 30));
    SHOW(lseek(fd, 0, SEEK_END));
    SHOW(pread(fd, &c, 1, (off_t)5 << 30));
    SAY("%c", c);
    SHOW(pread(fd, &c, 1, (off_t)4 << 30));
    SAY("%d", c);
    MUST(fstat(fd, &st));
    SHOW(st.st_size);
    CHECK(st.st_blocks < 1000);
    SHOW(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, -1));
    SHOW(fsync(fd));
    SHOW(fdatasync(99));
    return 0;
}
