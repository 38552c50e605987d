/*
 * Processor time is each program's own: what one burns is not the other's.
 *
 * roles: busy idle
 */
#include "echo.h"
#include <sys/resource.h>
#include <sys/times.h>

static int64_t used_ns(void)
{
    struct timespec t;

    MUST(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t));
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

int main(int argc, char **argv)
{
    bool busy = is_role(argc, argv, "busy");
    struct rusage usage;
    struct timespec t;
    struct tms tms;
    clockid_t own;
    int64_t ms;
    int fd;

    if (busy) {
        while (used_ns() < 300000000)
            ;
        MUST(creat("burnt", 0600));
    } else {
        while ((fd = open("burnt", O_RDONLY)) < 0)
            sleep_ms(5);
    }
    MUST(getrusage(RUSAGE_SELF, &usage));
    ms = usage.ru_utime.tv_sec * 1000 + usage.ru_utime.tv_usec / 1000 +
         usage.ru_stime.tv_sec * 1000 + usage.ru_stime.tv_usec / 1000;
    CHECK(busy ? ms >= 290 : ms < 150);
    times(&tms);
    CHECK(busy ? tms.tms_utime + tms.tms_stime >= 25 : tms.tms_utime + tms.tms_stime < 15);
    CHECK(clock_getcpuclockid(0, &own) == 0);
    MUST(clock_gettime(own, &t));
    CHECK(busy ? t.tv_sec || t.tv_nsec >= 300000000 : !t.tv_sec && t.tv_nsec < 150000000);
    CHECK(clock_getcpuclockid(getpid(), &own) == 0);
    SAY("told apart");
    return 0;
}
