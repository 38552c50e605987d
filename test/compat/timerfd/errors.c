/* timerfd misused. */
#include "compat.h"
#include <sys/timerfd.h>

int main(void)
{
    struct itimerspec spec = {{0, 0}, {0, 1000000000}}, negative = {{0, 0}, {-1, 0}}, now;
    uint64_t count;
    int fd = MUST(timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK));
    int file = file_with("f", "");

    SHOW(timerfd_create(99, 0));
    SHOW(timerfd_create(CLOCK_MONOTONIC, 1));
    SHOW(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0));
    SHOW(timerfd_settime(fd, 0, &spec, NULL));
    SHOW(timerfd_settime(fd, 0, &negative, NULL));
    SHOW(timerfd_settime(fd, 0x80, &spec, NULL));
    SHOW(timerfd_settime(fd, 0, (void *)8, NULL));
    SHOW(timerfd_settime(file, 0, &spec, NULL));
    SHOW(timerfd_settime(99, 0, &spec, NULL));
    SHOW(timerfd_gettime(file, &now));
    SHOW(timerfd_gettime(fd, (void *)8));
    SHOW(read(fd, &count, 7));
    SHOW(write(fd, &count, 8));
    SHOW(lseek(fd, 0, SEEK_SET));
    return 0;
}
