/* Level-triggered: reported as long as it lasts; the data comes back as given. */
#include "epoll.h"

int main(void)
{
    char buf[16];
    int set = MUST(epoll_create1(0));
    int ends[2];

    MUST(pipe(ends));
    SHOW(add(set, ends[0], EPOLLIN));
    SHOW_EVENTS(set, 0);
    MUST(write(ends[1], "0123", 4));
    SHOW_EVENTS(set, -1);
    SHOW_EVENTS(set, 0);
    MUST(read(ends[0], buf, 2));
    SHOW_EVENTS(set, 0);
    MUST(read(ends[0], buf, 2));
    SHOW_EVENTS(set, 0);
    SHOW(add(set, ends[1], EPOLLOUT));
    SHOW_EVENTS(set, 0);
    MUST(close(ends[1]));
    SHOW_EVENTS(set, 0);
    SHOW_EVENTS(set, 0);
    return 0;
}
