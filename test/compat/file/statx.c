/* statx(2) by mask, by empty path, and refused. */
#include "compat.h"
#include <sys/stat.h>

int main(void)
{
    struct statx sx;
    int fd = file_with("f", "0123456789");

    SHOW(statx(AT_FDCWD, "f", 0, STATX_SIZE | STATX_TYPE | STATX_MODE, &sx));
    SAY("size %llu mode %o", (unsigned long long)sx.stx_size, sx.stx_mode & S_IFMT);
    SHOW(statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &sx));
    SAY("size %llu links %u", (unsigned long long)sx.stx_size, sx.stx_nlink);
    SHOW(statx(fd, "", 0, STATX_BASIC_STATS, &sx));
    SHOW(statx(AT_FDCWD, "missing", 0, STATX_BASIC_STATS, &sx));
    SHOW(statx(AT_FDCWD, "f", 0, 0x80000000U, &sx));
    SHOW(statx(99, "f", 0, STATX_BASIC_STATS, &sx));
    return 0;
}
