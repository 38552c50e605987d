/* clock_nanosleep(2) on every clock: relative, absolute, past, malformed; those that cannot sleep.
 */
#include "compat.h"

static const struct {
    const char *name;
    clockid_t clock;
} clocks[] = {
    {"REALTIME", CLOCK_REALTIME},
    {"MONOTONIC", CLOCK_MONOTONIC},
    {"PROCESS_CPUTIME", CLOCK_PROCESS_CPUTIME_ID},
    {"THREAD_CPUTIME", CLOCK_THREAD_CPUTIME_ID},
    {"MONOTONIC_RAW", CLOCK_MONOTONIC_RAW},
    {"REALTIME_COARSE", CLOCK_REALTIME_COARSE},
    {"MONOTONIC_COARSE", CLOCK_MONOTONIC_COARSE},
    {"BOOTTIME", CLOCK_BOOTTIME},
    {"TAI", CLOCK_TAI},
    {"99", 99},
    {"-1", -1},
};

static int sleep_on(clockid_t clock, int flags, const struct timespec *ts)
{
    return syscall(SYS_clock_nanosleep, clock, flags, ts, NULL) ? errno : 0;
}

static void *burns(void *arg)
{
    while (!*(volatile int *)arg)
        ;
    return NULL;
}

int main(void)
{
    const struct timespec brief = {0, 2000000}, bad = {0, 1000000000}, past = {1, 0};
    volatile int stop = 0;
    pthread_t thread = start_thread(burns, (void *)&stop); /* so that CPU time passes */

    for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
        struct timespec soon = {0, 0};
        int64_t start = now_ns();
        int ret = sleep_on(clocks[i].clock, 0, &brief);

        if (!ret && clocks[i].clock != CLOCK_PROCESS_CPUTIME_ID)
            CHECK(now_ns() - start >= 2000000);
        clock_gettime(clocks[i].clock, &soon);
        soon.tv_nsec += 2000000;
        soon.tv_sec += soon.tv_nsec / 1000000000;
        soon.tv_nsec %= 1000000000;
        SAY("%s: %s, until %s", clocks[i].name, ret ? err_name(ret) : "slept",
            err_name(sleep_on(clocks[i].clock, TIMER_ABSTIME, &soon)));
        SAY("  past %s, malformed %s, nowhere %s",
            err_name(sleep_on(clocks[i].clock, TIMER_ABSTIME, &past)),
            err_name(sleep_on(clocks[i].clock, 0, &bad)),
            err_name(sleep_on(clocks[i].clock, 0, NULL)));
    }
    stop = 1;
    join_thread(thread);
    return 0;
}
