/* A thousand descriptors, a few of them ready. */
#include "epoll.h"
#include <sys/eventfd.h>

int main(void)
{
    static int fds[1000];
    struct epoll_event events[32];
    int set = MUST(epoll_create1(0));
    long sum = 0, count = 0;

    for (int i = 0; i < 1000; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};

        fds[i] = MUST(eventfd(0, EFD_NONBLOCK));
        MUST(epoll_ctl(set, EPOLL_CTL_ADD, fds[i], &event));
    }
    for (int round = 0; round < 50; round++) {
        uint64_t value;
        int n;

        for (int k = 0; k < 10; k++)
            MUST(eventfd_write(fds[(round * 37 + k * 101) % 1000], 1));
        while ((n = MUST(epoll_wait(set, events, 32, 0))) > 0)
            for (int i = 0; i < n; i++) {
                MUST(eventfd_read(fds[events[i].data.u32], &value));
                sum += events[i].data.u32;
                count++;
            }
    }
    SAY("count %ld sum %ld", count, sum);
    return 0;
}
