/* CPU clocks and getrusage count what was burnt, and not what was slept. */
#include "compat.h"
#include <sys/resource.h>

static int64_t clock_ns(clockid_t clock)
{
    struct timespec t;

    MUST(clock_gettime(clock, &t));
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

int main(void)
{
    struct rusage usage;
    int64_t start = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    volatile long spin = 0;
    clockid_t other;

    while (clock_ns(CLOCK_THREAD_CPUTIME_ID) - start < 30000000)
        spin++;
    CHECK(clock_ns(CLOCK_PROCESS_CPUTIME_ID) >= 30000000);
    MUST(getrusage(RUSAGE_SELF, &usage));
    CHECK(usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec +
              usage.ru_stime.tv_sec * 1000000 + usage.ru_stime.tv_usec >=
          20000);
    CHECK(usage.ru_maxrss > 0);
    start = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    sleep_ms(100);
    CHECK(clock_ns(CLOCK_THREAD_CPUTIME_ID) - start < 50000000);
    SHOW(getrusage(99, &usage));
    SHOW_ERR(pthread_getcpuclockid(pthread_self(), &other));
    CHECK(clock_ns(other) >= start);
    SAY("counted");
    return 0;
}
