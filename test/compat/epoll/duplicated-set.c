/* A duplicated epoll descriptor is the same set; closing it closes nothing while another is open.
 */
#include "epoll.h"

int main(void)
{
    int set = MUST(epoll_create1(0));
    int copy = MUST(dup(set));
    int ends[2];

    MUST(pipe(ends));
    SHOW(add(set, ends[0], EPOLLIN));
    SHOW(add(copy, ends[0], EPOLLIN));
    MUST(write(ends[1], "x", 1));
    SHOW_EVENTS(copy, 0);
    SHOW(close(set));
    SHOW_EVENTS(copy, 0);
    SHOW(remove_fd(copy, ends[0]));
    SHOW_EVENTS(copy, 0);
    SHOW(read(copy, ends, 1));
    SHOW(write(copy, ends, 1));
    return 0;
}
