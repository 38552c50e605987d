/* EPOLLONESHOT reports once, then nothing at all until it is armed again by MOD. */
#include "epoll.h"

int main(void)
{
    char buf[16];
    int set = MUST(epoll_create1(0));
    int ends[2];

    MUST(pipe(ends));
    SHOW(add(set, ends[0], EPOLLIN | EPOLLONESHOT));
    MUST(write(ends[1], "ab", 2));
    SHOW_EVENTS(set, 0);
    SHOW_EVENTS(set, 0);
    MUST(write(ends[1], "c", 1));
    SHOW_EVENTS(set, 0);
    SHOW(add(set, ends[0], EPOLLIN));
    SHOW(modify(set, ends[0], EPOLLIN | EPOLLONESHOT));
    SHOW_EVENTS(set, 0);
    MUST(read(ends[0], buf, sizeof(buf)));
    SHOW(modify(set, ends[0], EPOLLIN | EPOLLONESHOT));
    SHOW_EVENTS(set, 0);
    MUST(close(ends[1]));
    SHOW_EVENTS(set, 0);
    SHOW_EVENTS(set, 0);
    return 0;
}
