/* A registration belongs to the description: it lives until its last duplicate is closed. */
#include "epoll.h"

int main(void)
{
    int set = MUST(epoll_create1(0));
    int ends[2], copy;

    MUST(pipe(ends));
    copy = MUST(dup(ends[0]));
    SHOW(add(set, ends[0], EPOLLIN));
    SHOW(add(set, copy, EPOLLIN));
    MUST(write(ends[1], "x", 1));
    SHOW_EVENTS(set, 0);
    SHOW(remove_fd(set, copy));
    SHOW_EVENTS(set, 0);
    SHOW(close(ends[0]));
    SHOW_EVENTS(set, 0);
    SHOW(remove_fd(set, ends[0]));
    SHOW(close(copy));
    SHOW_EVENTS(set, 0);
    return 0;
}
