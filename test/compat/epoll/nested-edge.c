/* A set inside an edge-triggered set: an edge each time something becomes ready inside. */
#include "epoll.h"

int main(void)
{
    int inner = MUST(epoll_create1(0)), outer = MUST(epoll_create1(0));
    int ends[2], more[2];

    MUST(pipe(ends));
    MUST(pipe(more));
    SHOW(add(inner, ends[0], EPOLLIN));
    SHOW(add(outer, inner, EPOLLIN | EPOLLET));
    SHOW_EVENTS(outer, 0);
    MUST(write(ends[1], "x", 1));
    SHOW_EVENTS(outer, 0);
    SHOW_EVENTS(outer, 0);
    MUST(write(more[1], "y", 1));
    SHOW(add(inner, more[0], EPOLLIN));
    SHOW_EVENTS(outer, 0);
    SHOW_EVENTS(outer, 0);
    SHOW_EVENTS(inner, 0);
    return 0;
}
