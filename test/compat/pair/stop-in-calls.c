/*
 * A stop and SIGCONT, without a handler: most calls go on waiting; epoll_wait, sigtimedwait and
 * socket calls with a time limit end with EINTR (signal(7)).
 *
 * roles: target sender
 */
#include "echo.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/time.h>

static const struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "socket"};

/* Tells the sender that the next call is about to begin, and what is to be done to end it. */
static void begin(int fd, const char *what)
{
    write_all(fd, what, 1);
}
#define INTERRUPTED(call) (begin(fd, "i"), SHOW(call), begin(fd, "d"))
/* By itself, however often it is stopped: that puts no deadline off. */
#define ENDS INTERRUPTED
#define GOES_ON(call) (begin(fd, "g"), SHOW(call), begin(fd, "d"))

static void stop_me(int fd)
{
    struct timeval limit = {100, 0}, none = {0, 0};
    struct timespec long_time = {100, 0};
    struct epoll_event event;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int epoll_fd = MUST(epoll_create1(0));
    sigset_t set;
    fd_set fds;
    char c;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    INTERRUPTED(epoll_wait(epoll_fd, &event, 1, -1));
    INTERRUPTED(epoll_wait(epoll_fd, &event, 1, 100000));
    INTERRUPTED(sigwaitinfo(&set, NULL));
    INTERRUPTED(sigtimedwait(&set, NULL, &long_time));
    MUST(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)));
    INTERRUPTED(recv(fd, &c, 1, 0));
    MUST(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &none, sizeof(none)));
    ENDS(poll(NULL, 0, 100));
    ENDS(ppoll(NULL, 0, &(struct timespec){0, 100000000}, NULL));
    ENDS(select(0, NULL, NULL, NULL, &(struct timeval){0, 100000}));
    ENDS(nanosleep(&(struct timespec){0, 100000000}, NULL));
    GOES_ON(recv(fd, &c, 1, 0));
    GOES_ON(poll(&p, 1, -1));
    MUST(recv(fd, &c, 1, 0));
    GOES_ON(ppoll(&p, 1, &long_time, NULL));
    MUST(recv(fd, &c, 1, 0));
    FD_ZERO(&fds);
    FD_SET(fd, &fds);
    GOES_ON(select(fd + 1, &fds, NULL, NULL, NULL));
    begin(fd, "e");
}

static bool told(int fd, char *c, int timeout)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, timeout) == 1 && read_all(fd, c, 1) == 1;
}

static void cycle(pid_t target)
{
    MUST(kill(target, SIGSTOP));
    MUST(kill(target, SIGCONT));
}

static void stop_it(int fd, pid_t target)
{
    char what, done;
    int ended = 0;

    while (told(fd, &what, -1) && what != 'e') {
        if (what == 'g') {
            for (int i = 0; i < 5; i++) {
                CHECK(!told(fd, &done, 2));
                cycle(target);
            }
            write_all(fd, "x", 1);
            CHECK(told(fd, &done, -1));
        } else {
            while (!told(fd, &done, 2))
                cycle(target);
        }
        ended++;
    }
    SAY("%d calls", ended);
}

int main(int argc, char **argv)
{
    pid_t self = getpid(), other;
    int fd;

    if (is_role(argc, argv, "target")) {
        fd = MUST(accept(listen_at((void *)&at, sizeof(at), 1), NULL, NULL));
        write_all(fd, &self, sizeof(self));
        stop_me(fd);
        return 0;
    }
    fd = connect_when_ready((void *)&at, sizeof(at));
    CHECK(read_all(fd, &other, sizeof(other)) == sizeof(other));
    stop_it(fd, other);
    return 0;
}
