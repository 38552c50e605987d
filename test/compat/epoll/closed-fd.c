/* A closed descriptor leaves the set by itself; its number can be added anew. */
#include "epoll.h"

int main(void)
{
    int set = MUST(epoll_create1(0));
    int ends[2], again[2];

    MUST(pipe(ends));
    SHOW(add(set, ends[0], EPOLLIN));
    MUST(write(ends[1], "x", 1));
    SHOW_EVENTS(set, 0);
    SHOW(close(ends[0]));
    SHOW_EVENTS(set, 0);
    SHOW(remove_fd(set, ends[0]));
    MUST(pipe(again));
    SHOW(again[0] == ends[0]);
    SHOW(add(set, again[0], EPOLLIN));
    SHOW_EVENTS(set, 0);
    MUST(write(again[1], "y", 1));
    SHOW_EVENTS(set, 0);
    return 0;
}
