/* timerfd: relative and absolute, periods counted, disarmed, non-blocking. */
#include "net.h"
#include <sys/timerfd.h>

int main(void)
{
    struct itimerspec once = {{0, 0}, {0, 10000000}}, every = {{0, 2000000}, {0, 2000000}};
    struct itimerspec off = {{0, 0}, {0, 0}}, past = {{0, 0}, {1, 0}}, now, old;
    uint64_t count = 0;
    int64_t start;
    int fd = MUST(timerfd_create(CLOCK_MONOTONIC, 0));

    set_nonblocking(fd, true);
    SHOW(read(fd, &count, 8));
    SHOW(timerfd_gettime(fd, &now));
    SAY("%ld %ld", (long)now.it_value.tv_sec, now.it_value.tv_nsec);
    start = now_ns();
    SHOW(timerfd_settime(fd, 0, &once, NULL));
    SHOW(timerfd_gettime(fd, &now));
    CHECK(now.it_value.tv_sec == 0 && now.it_value.tv_nsec <= 10000000);
    SAY("polls%s", poll_names(fd, POLLIN, -1));
    CHECK(now_ns() - start >= 10000000);
    SHOW(read(fd, &count, 8));
    SAY("%llu", (unsigned long long)count);
    SHOW(read(fd, &count, 8));
    set_nonblocking(fd, false);
    SHOW(timerfd_settime(fd, 0, &every, NULL));
    for (start = 0; start < 10; start += count)
        CHECK(read(fd, &count, 8) == 8 && count >= 1);
    SHOW(timerfd_settime(fd, 0, &off, &old));
    SAY("%ld", old.it_interval.tv_nsec);
    SAY("polls%s", poll_names(fd, POLLIN, 10));
    SHOW(timerfd_settime(fd, TFD_TIMER_ABSTIME, &past, NULL));
    SHOW(read(fd, &count, 8));
    SAY("%llu", (unsigned long long)count);
    clock_gettime(CLOCK_MONOTONIC, &once.it_value);
    once.it_value.tv_nsec += 5000000;
    once.it_value.tv_sec += once.it_value.tv_nsec / 1000000000;
    once.it_value.tv_nsec %= 1000000000;
    SHOW(timerfd_settime(fd, TFD_TIMER_ABSTIME, &once, NULL));
    SHOW(read(fd, &count, 8));
    SAY("%llu", (unsigned long long)count);
    return 0;
}
