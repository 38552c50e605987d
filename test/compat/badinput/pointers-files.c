/* Wild pointers to the calls on files are EFAULT. */
#include "wild.h"
#include <sys/stat.h>
#include <sys/statfs.h>

int main(void)
{
    int fd = file_with("f", "0123456789abcdef");
    int dir = MUST(open(".", O_RDONLY));

    WILD_OUT(syscall(SYS_read, fd, p, 0));
    WILD_OUT(pread(fd, p, 8, 0));
    WILD_IN(pwrite(fd, p, 8, 0));
    WILD_IN(syscall(SYS_open, p, O_RDONLY));
    WILD_IN(syscall(SYS_openat, AT_FDCWD, p, O_RDONLY));
    WILD_IN(syscall(SYS_stat, p, p));
    WILD_OUT(syscall(SYS_fstat, fd, p));
    WILD_OUT(syscall(SYS_newfstatat, AT_FDCWD, "f", p, 0));
    WILD_OUT(syscall(SYS_statx, AT_FDCWD, "f", 0, STATX_BASIC_STATS, p));
    WILD_IN(syscall(SYS_access, p, F_OK));
    WILD_IN(syscall(SYS_mkdir, p, 0700));
    WILD_IN(syscall(SYS_unlink, p));
    WILD_IN(syscall(SYS_rename, p, "x"));
    WILD_IN(syscall(SYS_rename, "f", p));
    WILD_IN(syscall(SYS_symlink, p, "x"));
    WILD_IN(syscall(SYS_chdir, p));
    WILD_IN(syscall(SYS_truncate, p, 0));
    WILD_OUT(syscall(SYS_getcwd, p, 100));
    WILD_OUT(syscall(SYS_readlink, "/proc/self/exe", p, 100));
    WILD_OUT(syscall(SYS_getdents64, dir, p, 1000));
    WILD_OUT(syscall(SYS_statfs, ".", p));
    WILD_IN(syscall(SYS_preadv, fd, p, 1, 0, 0));
    WILD_IN(syscall(SYS_pwritev, fd, p, 1, 0, 0));
    WILD_IN(syscall(SYS_sendfile, fd, dir, p, 1));
    return 0;
}
