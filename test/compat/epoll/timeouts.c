/* Timeouts of epoll_wait, epoll_pwait and epoll_pwait2: none, some, rounded up, never too early. */
#include "epoll.h"

int main(void)
{
    struct timespec brief = {0, 3000000}, zero = {0, 0}, bad = {0, 1000000000};
    struct epoll_event event;
    int set = MUST(epoll_create1(0));
    int64_t start = now_ns();

    SHOW(epoll_wait(set, &event, 1, 0));
    SHOW(epoll_wait(set, &event, 1, 15));
    CHECK(now_ns() - start >= 15000000);
    start = now_ns();
    SHOW(epoll_pwait(set, &event, 1, 3, NULL));
    CHECK(now_ns() - start >= 3000000);
    start = now_ns();
    SHOW(syscall(SYS_epoll_pwait2, set, &event, 1, &brief, NULL, 0));
    CHECK(now_ns() - start >= 3000000);
    SHOW(syscall(SYS_epoll_pwait2, set, &event, 1, &zero, NULL, 0));
    SHOW(syscall(SYS_epoll_pwait2, set, &event, 1, &bad, NULL, 0));
    SHOW(syscall(SYS_epoll_pwait2, set, &event, 1, (void *)8, NULL, 0));
    return 0;
}
