/* Sleeps last at least as long as asked; absolute deadlines in the past do not sleep. */
#include "compat.h"

int main(void)
{
    struct timespec brief = {0, 15000000}, zero = {0, 0}, bad = {0, 1000000000}, negative = {-1, 0};
    struct timespec deadline, left = {5, 5};
    int64_t start = now_ns();

    SHOW(nanosleep(&brief, &left));
    CHECK(now_ns() - start >= 15000000);
    SAY("left %ld", (long)left.tv_sec);
    SHOW(nanosleep(&zero, NULL));
    SHOW(nanosleep(&bad, NULL));
    SHOW(nanosleep(&negative, NULL));
    SHOW(syscall(SYS_nanosleep, NULL, NULL));
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    SHOW_ERR(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL));
    deadline.tv_nsec += 15000000;
    deadline.tv_sec += deadline.tv_nsec / 1000000000;
    deadline.tv_nsec %= 1000000000;
    SHOW_ERR(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL));
    CHECK(now_ns() >= deadline.tv_sec * INT64_C(1000000000) + deadline.tv_nsec);
    clock_gettime(CLOCK_REALTIME, &deadline);
    SHOW_ERR(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &deadline, NULL));
    SHOW_ERR(clock_nanosleep(CLOCK_REALTIME, 0, &brief, NULL));
    SHOW_ERR(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &brief, NULL));
    SHOW_ERR(clock_nanosleep(99, 0, &brief, NULL));
    SHOW(usleep(1000));
    SHOW(sleep(0));
    return 0;
}
