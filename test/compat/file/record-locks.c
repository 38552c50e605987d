/* Record locks within one process: they never conflict, and what is refused. */
#include "compat.h"
#include <signal.h>

static int record(int fd, int cmd, short type, short whence, off_t start, off_t len, short *out)
{
    struct flock flock = {
        .l_type = type, .l_whence = whence, .l_start = start, .l_len = len, .l_pid = 77};
    int ret = fcntl(fd, cmd, &flock);

    if (out)
        *out = flock.l_type;
    return ret;
}

int main(void)
{
    int fd = file_with("f", "0123456789"), reader = MUST(open("f", O_RDONLY));
    int writer = MUST(open("f", O_WRONLY)), pipes[2];
    short type;

    MUST(pipe(pipes));
    SHOW(record(fd, F_SETLK, F_WRLCK, SEEK_SET, 0, 0, NULL));
    SHOW(record(writer, F_SETLK, F_WRLCK, SEEK_SET, 0, 5, NULL));
    SHOW(record(writer, F_SETLKW, F_WRLCK, SEEK_END, -2, 2, NULL));
    SHOW(record(reader, F_SETLK, F_RDLCK, SEEK_CUR, 0, 5, NULL));
    SHOW(record(fd, F_GETLK, F_WRLCK, SEEK_SET, 0, 0, &type));
    SAY("%d", type == F_UNLCK);
    SHOW(record(reader, F_SETLK, F_WRLCK, SEEK_SET, 0, 1, NULL));
    SHOW(record(writer, F_SETLK, F_RDLCK, SEEK_SET, 0, 1, NULL));
    SHOW(record(reader, F_GETLK, F_WRLCK, SEEK_SET, 0, 1, NULL));
    SHOW(record(fd, F_GETLK, F_UNLCK, SEEK_SET, 0, 1, NULL));
    SHOW(record(fd, F_SETLK, 9, SEEK_SET, 0, 1, NULL));
    SHOW(record(fd, F_SETLK, F_WRLCK, 9, 0, 1, NULL));
    SHOW(record(fd, F_SETLK, F_WRLCK, SEEK_SET, -1, 1, NULL));
    SHOW(record(fd, F_SETLK, F_WRLCK, SEEK_SET, 5, -3, NULL));
    SHOW(record(fd, F_SETLK, F_WRLCK, SEEK_SET, 5, -6, NULL));
    SHOW(fcntl(fd, F_SETLK, 8));
    SHOW(fcntl(fd, F_GETLK, 8));
    SHOW(record(99, F_SETLK, F_WRLCK, SEEK_SET, 0, 1, NULL));
    SHOW(record(fd, F_OFD_SETLK, F_WRLCK, SEEK_SET, 0, 1, NULL));
    SHOW(record(fd, F_SETLK, F_UNLCK, SEEK_SET, 0, 0, NULL));
    SHOW(record(fd, F_SETLK, F_UNLCK, SEEK_SET, 0, 0, NULL));
    return 0;
}
