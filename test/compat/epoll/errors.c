/* epoll misused: every errno of epoll_create, epoll_ctl and epoll_wait. */
#include "epoll.h"

int main(void)
{
    struct epoll_event event = {.events = EPOLLIN};
    int set = MUST(epoll_create1(0)), other = MUST(epoll_create1(0));
    int file = file_with("f", ""), dir = MUST(open(".", O_RDONLY));
    int ends[2];

    MUST(pipe(ends));
    SHOW(epoll_create(0));
    SHOW(epoll_create(-1));
    SHOW(epoll_create1(1));
    SHOW(add(set, file, EPOLLIN));
    SHOW(add(set, dir, EPOLLIN));
    SHOW(add(set, set, EPOLLIN));
    SHOW(add(set, 99, EPOLLIN));
    SHOW(add(99, ends[0], EPOLLIN));
    SHOW(add(file, ends[0], EPOLLIN));
    SHOW(epoll_ctl(set, 99, ends[0], &event));
    SHOW(epoll_ctl(set, EPOLL_CTL_ADD, ends[0], (void *)8));
    SHOW(modify(set, ends[0], EPOLLIN));
    SHOW(remove_fd(set, ends[0]));
    SHOW(add(set, ends[0], EPOLLIN));
    SHOW(add(set, ends[0], EPOLLOUT));
    SHOW(epoll_ctl(set, EPOLL_CTL_MOD, ends[0], (void *)8));
    SHOW(add(set, other, EPOLLIN));
    SHOW(add(other, set, EPOLLIN));
    SHOW(epoll_wait(set, &event, 0, 0));
    SHOW(epoll_wait(set, &event, -1, 0));
    SHOW(epoll_wait(set, &event, 1 << 30, 0));
    SHOW(epoll_wait(99, &event, 1, 0));
    SHOW(epoll_wait(file, &event, 1, 0));
    MUST(write(ends[1], "x", 1));
    SHOW(epoll_wait(set, (void *)8, 1, 0));
    SHOW(epoll_wait(set, &event, 1, 0));
    SHOW(epoll_pwait(set, &event, 1, 0, (void *)8));
    return 0;
}
