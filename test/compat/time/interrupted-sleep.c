/* A handler ends a sleep early; what is left is told, and nothing is restarted. */
#include "compat.h"
#include <sys/time.h>

static volatile int alarms;

static void on_alarm(int sig)
{
    (void)sig;
    alarms++;
}

int main(void)
{
    struct itimerval every = {{0, 10000}, {0, 10000}}, off = {{0, 0}, {0, 0}};
    struct timespec left = {0, 0}, untouched = {77, 77};
    struct timespec deadline;

    on_signal(SIGALRM, on_alarm, SA_RESTART);
    MUST(setitimer(ITIMER_REAL, &every, NULL));
    SHOW(nanosleep(&(struct timespec){100, 0}, &left));
    CHECK(left.tv_sec >= 90 && left.tv_sec < 100);
    SHOW_ERR(clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){100, 0}, &left));
    CHECK(left.tv_sec >= 90 && left.tv_sec < 100);
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += 100;
    SHOW_ERR(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, &untouched));
    SAY("%ld", (long)untouched.tv_sec);
    CHECK(sleep(100) >= 90);
    MUST(setitimer(ITIMER_REAL, &off, NULL));
    CHECK(alarms >= 4);
    return 0;
}
