/* Everything that can be waited for in one set: eventfd, timerfd, signalfd, pipe, unix socket,
 * epoll. */
#include "epoll.h"
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

int main(void)
{
    struct itimerspec soon = {{0, 0}, {0, 1000000}};
    int set = MUST(epoll_create1(0));
    int event_fd, timer_fd, signal_fd, inner, pair[2];
    sigset_t sigs;

    sigemptyset(&sigs);
    sigaddset(&sigs, SIGUSR1);
    MUST(sigprocmask(SIG_BLOCK, &sigs, NULL));
    event_fd = MUST(eventfd(0, 0));
    timer_fd = MUST(timerfd_create(CLOCK_MONOTONIC, 0));
    signal_fd = MUST(signalfd(-1, &sigs, 0));
    inner = MUST(epoll_create1(0));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    SHOW(add(set, event_fd, EPOLLIN | EPOLLOUT));
    SHOW(add(set, timer_fd, EPOLLIN | EPOLLOUT));
    SHOW(add(set, signal_fd, EPOLLIN));
    SHOW(add(set, inner, EPOLLIN));
    SHOW(add(set, pair[0], EPOLLIN));
    SHOW(add(inner, pair[1], EPOLLOUT));
    SHOW_EVENTS(set, 0);
    MUST(eventfd_write(event_fd, UINT64_MAX - 1));
    SHOW_EVENTS(set, 0);
    MUST(timerfd_settime(timer_fd, 0, &soon, NULL));
    SAY("polls%s", poll_names(timer_fd, POLLIN, -1));
    SHOW_EVENTS(set, 0);
    raise(SIGUSR1);
    SHOW_EVENTS(set, 0);
    MUST(write(pair[1], "x", 1));
    SHOW_EVENTS(set, 0);
    return 0;
}
