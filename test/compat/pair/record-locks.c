/*
 * fcntl's record locks belong to a process: two programs conflict with each other on the same file,
 * F_GETLK tells whose lock it is, closing any descriptor of the file ends them, and flock and open
 * file description locks conflict too.
 *
 * roles: holder other
 */
#include "echo.h"
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>

static void step(int fd)
{
    MUST(write(fd, "x", 1));
}

static void await_step(int fd)
{
    char c;

    CHECK(MUST(read(fd, &c, 1)) == 1);
}

static int record(int fd, int cmd, short type, off_t start, off_t len, struct flock *out)
{
    struct flock flock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len};
    int ret = fcntl(fd, cmd, &flock);

    if (out)
        *out = flock;
    return ret;
}

static int holder(int to, int from)
{
    int fd = MUST(open("locked", O_RDWR | O_CREAT, 0600)), second;
    pid_t pid = getpid();

    MUST(write(fd, &pid, sizeof(pid)));
    SHOW(record(fd, F_SETLK, F_WRLCK, 0, 10, NULL));
    SHOW(record(fd, F_SETLK, F_RDLCK, 10, 10, NULL));
    SHOW(record(fd, F_SETLK, F_WRLCK, 5, 10, NULL));
    SHOW(record(fd, F_SETLK, F_RDLCK, 10, 10, NULL));
    step(to);
    await_step(from);
    second = MUST(open("locked", O_RDONLY));
    close(second); /* ends all locks */
    step(to);
    await_step(from);
    SHOW(record(fd, F_SETLK, F_WRLCK, 30, 1, NULL));
    SHOW(flock(fd, LOCK_EX | LOCK_NB));
    SHOW(record(fd, F_OFD_SETLK, F_WRLCK, 50, 1, NULL));
    step(to);
    SHOW(record(fd, F_SETLKW, F_WRLCK, 40, 1, NULL)); /* waits for the other's unlock or end */
    await_step(from);
    SHOW(record(fd, F_SETLK, F_UNLCK, 0, 0, NULL));
    return 0;
}

static int other(int to, int from)
{
    struct flock seen;
    pid_t pid;
    int fd;

    await_step(from);
    fd = MUST(open("locked", O_RDWR));
    MUST(read(fd, &pid, sizeof(pid)));
    SHOW(record(fd, F_SETLK, F_WRLCK, 0, 1, NULL));
    SHOW(record(fd, F_SETLK, F_RDLCK, 0, 1, NULL));
    SHOW(record(fd, F_SETLK, F_RDLCK, 15, 1, NULL));
    SHOW(record(fd, F_SETLK, F_WRLCK, 15, 1, NULL));
    SHOW(record(fd, F_SETLK, F_WRLCK, 20, 1, NULL));
    SHOW(record(fd, F_GETLK, F_WRLCK, 9, 5, &seen));
    SAY("type %d from %ld, %ld bytes, %s", seen.l_type, (long)seen.l_start, (long)seen.l_len,
        seen.l_pid == pid ? "the holder's" : "whose?");
    SHOW(record(fd, F_GETLK, F_RDLCK, 12, 5, &seen));
    SAY("type %d", seen.l_type);
    step(to);
    await_step(from);
    SHOW(record(fd, F_SETLK, F_WRLCK, 0, 20, NULL));
    SHOW(record(fd, F_SETLK, F_UNLCK, 0, 0, NULL));
    SHOW(record(fd, F_SETLK, F_WRLCK, 40, 1, NULL));
    step(to);
    await_step(from);
    SHOW(flock(fd, LOCK_SH | LOCK_NB));
    SHOW(record(fd, F_OFD_SETLK, F_RDLCK, 50, 1, NULL));
    SHOW(record(fd, F_SETLK, F_RDLCK, 50, 1, NULL));
    SHOW(record(fd, F_SETLK, F_UNLCK, 40, 1, NULL));
    step(to);
    SHOW(record(fd, F_SETLKW, F_WRLCK, 30, 1, NULL));
    return 0;
}

int main(int argc, char **argv)
{
    bool first = is_role(argc, argv, "holder");
    int down, up;

    (void)!mkfifo("down", 0600);
    (void)!mkfifo("up", 0600);
    down = MUST(open("down", O_RDWR));
    up = MUST(open("up", O_RDWR));
    return first ? holder(down, up) : other(up, down);
}
