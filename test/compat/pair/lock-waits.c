/*
 * Waiting for another program's record lock: a signal interrupts it, and two programs that wait for
 * each other are told so: one of them gets EDEADLK.
 *
 * roles: left right
 */
#include "echo.h"
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>

static void ring(int signal)
{
    (void)signal;
}

static int record(int fd, int cmd, short type, off_t start)
{
    struct flock flock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = 1};

    return fcntl(fd, cmd, &flock);
}

static void meet(int to, int from)
{
    char c;

    MUST(write(to, "x", 1));
    MUST(read(from, &c, 1));
}

int main(int argc, char **argv)
{
    bool left = is_role(argc, argv, "left");
    struct itimerval soon = {{0, 10000}, {0, 10000}}, never = {0};
    struct sigaction action = {.sa_handler = ring};
    int down, up, to, from, fd, mine = left ? 0 : 1;
    char refused, others;

    (void)!mkfifo("down", 0600);
    (void)!mkfifo("up", 0600);
    down = MUST(open("down", O_RDWR));
    up = MUST(open("up", O_RDWR));
    to = left ? down : up;
    from = left ? up : down;
    fd = MUST(open("locked", O_RDWR | O_CREAT, 0600));
    MUST(sigaction(SIGALRM, &action, NULL));

    if (left)
        SHOW(record(fd, F_SETLK, F_WRLCK, 9));
    meet(to, from);
    if (!left) {
        MUST(setitimer(ITIMER_REAL, &soon, NULL));
        SHOW(record(fd, F_SETLKW, F_WRLCK, 9));
        MUST(setitimer(ITIMER_REAL, &never, NULL));
    }
    meet(to, from);

    SHOW(record(fd, F_SETLK, F_WRLCK, mine));
    meet(to, from);
    refused = (char)(record(fd, F_SETLKW, F_WRLCK, !mine) != 0);
    CHECK(!refused || errno == EDEADLK);
    SHOW(record(fd, F_SETLK, F_UNLCK, mine));
    MUST(write(to, &refused, 1));
    MUST(read(from, &others, 1));
    SAY("%d refused", refused + others);
    return 0;
}
