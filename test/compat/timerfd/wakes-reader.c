/* Readers blocked on several timers wake in the order of their deadlines. */
#include "net.h"
#include <sys/epoll.h>
#include <sys/timerfd.h>

enum {
    TIMERS = 8,
    FIRST = 200000000, /* ns: all of them are set before one is due, on a loaded machine too */
    STEP = 3000000,
};

int main(void)
{
    struct timespec base;
    struct epoll_event event;
    int set = MUST(epoll_create1(0));
    int64_t last = 0;

    clock_gettime(CLOCK_MONOTONIC, &base);
    for (int i = 0; i < TIMERS; i++) {
        struct itimerspec at = {{0, 0}, base};
        int fd = MUST(timerfd_create(CLOCK_MONOTONIC, 0));

        at.it_value.tv_nsec += FIRST + (i * 5 % TIMERS) * STEP;
        at.it_value.tv_sec += at.it_value.tv_nsec / 1000000000;
        at.it_value.tv_nsec %= 1000000000;
        MUST(timerfd_settime(fd, TFD_TIMER_ABSTIME, &at, NULL));
        event = (struct epoll_event){.events = EPOLLIN | EPOLLET, .data.u64 = i};
        MUST(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event));
    }
    for (int i = 0; i < TIMERS; i++) {
        int64_t due;

        CHECK(epoll_wait(set, &event, 1, -1) == 1);
        due = FIRST + (event.data.u64 * 5 % TIMERS) * STEP;
        CHECK(due >= last);
        CHECK(now_ns() >= base.tv_sec * INT64_C(1000000000) + base.tv_nsec + due);
        last = due;
        SAY("timer %d", (int)event.data.u64);
    }
    return 0;
}
