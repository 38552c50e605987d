/* Edge-triggered pipes and eventfds: every write is an edge. */
#include "epoll.h"
#include <sys/eventfd.h>

int main(void)
{
    uint64_t value;
    char buf[16];
    int set = MUST(epoll_create1(0));
    int event_fd = MUST(eventfd(0, EFD_NONBLOCK));
    int ends[2];

    MUST(pipe(ends));
    SHOW(add(set, ends[0], EPOLLIN | EPOLLET));
    SHOW(add(set, event_fd, EPOLLIN | EPOLLET));
    SHOW_EVENTS(set, 0);
    MUST(write(ends[1], "a", 1));
    SHOW_EVENTS(set, 0);
    SHOW_EVENTS(set, 0);
    MUST(write(ends[1], "b", 1));
    SHOW_EVENTS(set, 0);
    MUST(read(ends[0], buf, 1));
    SHOW_EVENTS(set, 0);
    MUST(eventfd_write(event_fd, 1));
    SHOW_EVENTS(set, 0);
    SHOW_EVENTS(set, 0);
    MUST(eventfd_write(event_fd, 1));
    SHOW_EVENTS(set, 0);
    MUST(eventfd_read(event_fd, &value));
    SAY("value %d", (int)value);
    SHOW_EVENTS(set, 0);
    MUST(close(ends[1]));
    SHOW_EVENTS(set, 0);
    SHOW_EVENTS(set, 0);
    return 0;
}
