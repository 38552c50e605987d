/* Each call that makes a descriptor sets close-on-exec and non-blocking only when asked. */
#include "compat.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

static void show_flags(const char *what, int fd)
{
    MUST(fd);
    SAY("%s: cloexec %d nonblock %d", what, (int)MUST(fcntl(fd, F_GETFD)) & FD_CLOEXEC,
        !!(MUST(fcntl(fd, F_GETFL)) & O_NONBLOCK));
}
#define FLAGS(call) show_flags(#call, (call))

int main(void)
{
    sigset_t set;
    int ends[2];

    sigemptyset(&set);
    FLAGS(open("/dev/null", O_RDONLY));
    FLAGS(open("/dev/null", O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    FLAGS(socket(AF_INET, SOCK_STREAM, 0));
    FLAGS(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    FLAGS(eventfd(0, 0));
    FLAGS(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    FLAGS(epoll_create(1));
    FLAGS(epoll_create1(EPOLL_CLOEXEC));
    FLAGS(timerfd_create(CLOCK_MONOTONIC, 0));
    FLAGS(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    FLAGS(signalfd(-1, &set, 0));
    FLAGS(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    FLAGS(memfd_create("m", 0));
    FLAGS(memfd_create("m", MFD_CLOEXEC));
    FLAGS((pipe(ends), ends[0]));
    FLAGS((pipe2(ends, O_CLOEXEC | O_NONBLOCK), ends[1]));
    FLAGS(ends[0]);
    FLAGS((socketpair(AF_UNIX, SOCK_STREAM, 0, ends), ends[0]));
    FLAGS((socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), ends[1]));
    return 0;
}
