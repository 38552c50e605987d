/*
 * Clocks run forwards; the vDSO, the libc and the system call agree.
 *
 * variants: glibc musl static
 */
#include "compat.h"
#include <sys/time.h>
#include <sys/times.h>

static int64_t by_call(clockid_t clock)
{
    struct timespec t;

    MUST(syscall(SYS_clock_gettime, clock, &t));
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int64_t by_libc(clockid_t clock)
{
    struct timespec t;

    MUST(clock_gettime(clock, &t));
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

int main(void)
{
    const clockid_t clocks[] = {CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_MONOTONIC_RAW,
                                CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID};
    struct timespec t;
    struct timeval tv;
    struct tms tms;

    for (size_t i = 0; i < ARRAY_SIZE(clocks); i++)
        for (int k = 0; k < 200; k++) {
            int64_t a = by_call(clocks[i]), b = by_libc(clocks[i]), c = by_call(clocks[i]);

            CHECK(a <= b && b <= c);
        }
    CHECK(gettimeofday(&tv, NULL) == 0);
    CHECK(labs(tv.tv_sec - time(NULL)) <= 1 && labs(tv.tv_sec - syscall(SYS_time, NULL)) <= 1);
    CHECK(times(&tms) != -1);
    SHOW(clock_getres(CLOCK_MONOTONIC, &t));
    SAY("%ld %ld", (long)t.tv_sec, t.tv_nsec);
    SHOW(clock_getres(CLOCK_REALTIME_COARSE, NULL));
    SHOW(clock_gettime(99, &t));
    SHOW(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, 8));
    SHOW(syscall(SYS_gettimeofday, NULL, NULL));
    return 0;
}
