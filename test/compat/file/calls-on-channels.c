/* What calls about files say when they are given a pipe or a socket. */
#include "compat.h"
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static void calls_on(int fd, int file)
{
    struct statx sx;
    struct stat st;
    char buf[16];

    SHOW(statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &sx));
    MUST(fstat(fd, &st));
    SHOW(sx.stx_mode == st.st_mode && sx.stx_ino == st.st_ino && sx.stx_nlink == st.st_nlink);
    SHOW(statx(fd, "", AT_EMPTY_PATH, 0x80000000U, &sx));
    SHOW(statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, (void *)8));
    SHOW(statx(fd, "", 0, STATX_BASIC_STATS, &sx));
    SHOW(statx(fd, "x", AT_EMPTY_PATH, STATX_BASIC_STATS, &sx));
    SHOW(fstatat(fd, "x", &st, 0));
    SHOW(fchdir(fd));
    SHOW(syscall(SYS_getdents64, fd, buf, sizeof(buf)));
    SHOW(openat(fd, "x", O_RDONLY));
    SHOW(fsync(fd));
    SHOW(fdatasync(fd));
    SHOW(ftruncate(fd, 0));
    SHOW(sync_file_range(fd, 0, 1, 0));
    SHOW(readahead(fd, 0, 1));
    SHOW(copy_file_range(fd, NULL, file, NULL, 1, 0));
    SHOW(inotify_add_watch(fd, ".", IN_CREATE));
}

int main(void)
{
    int pipes[2], sockets[2], file = file_with("f", "");

    MUST(pipe(pipes));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
    SAY("a pipe");
    calls_on(pipes[0], file);
    SAY("a socket");
    calls_on(sockets[0], file);
    return 0;
}
