/* MOD changes events and data; an empty mask still reports errors and hang-ups. */
#include "epoll.h"

int main(void)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 0x123456789abcdef0};
    int set = MUST(epoll_create1(0));
    int ends[2], pair[2];

    MUST(pipe(ends));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    MUST(write(ends[1], "x", 1));
    SHOW(epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event));
    event.data.u64 = 0;
    SHOW(epoll_wait(set, &event, 1, 0));
    SAY("%llx", (unsigned long long)event.data.u64);
    event.data.u64 = 0xfedcba9876543210;
    SHOW(epoll_ctl(set, EPOLL_CTL_MOD, ends[0], &event));
    SHOW(epoll_wait(set, &event, 1, 0));
    SAY("%llx", (unsigned long long)event.data.u64);
    SHOW(modify(set, ends[0], 0));
    SHOW_EVENTS(set, 0);
    MUST(close(ends[1]));
    SHOW_EVENTS(set, 0);
    SHOW(remove_fd(set, ends[0]));
    SHOW(add(set, pair[0], 0));
    MUST(write(pair[1], "x", 1));
    SHOW_EVENTS(set, 0);
    MUST(close(pair[1]));
    SHOW_EVENTS(set, 0);
    return 0;
}
