/* alarm and the interval timers ring, tell what is left, and can be stopped. */
#include "compat.h"
#include <sys/time.h>

static volatile int rings;

static void on_alarm(int sig)
{
    (void)sig;
    rings++;
}

int main(void)
{
    struct itimerval every = {{0, 5000}, {0, 5000}}, off = {{0, 0}, {0, 0}}, now;
    struct itimerval bad = {{0, 0}, {0, 1000000}};

    on_signal(SIGALRM, on_alarm, 0);
    on_signal(SIGPROF, on_alarm, 0);
    SHOW(alarm(100));
    SHOW(alarm(0) >= 99);
    SHOW(alarm(0));
    SHOW(setitimer(ITIMER_REAL, &every, NULL));
    while (rings < 5)
        pause();
    SHOW(getitimer(ITIMER_REAL, &now));
    SAY("interval %ld", (long)now.it_interval.tv_usec);
    CHECK(now.it_value.tv_usec <= 5000);
    SHOW(setitimer(ITIMER_REAL, &off, &now));
    SAY("interval %ld", (long)now.it_interval.tv_usec);
    SHOW(getitimer(ITIMER_REAL, &now));
    SAY("value %ld", (long)now.it_value.tv_usec);
    SHOW(setitimer(ITIMER_REAL, &bad, NULL));
    SHOW(setitimer(99, &every, NULL));
    rings = 0;
    SHOW(setitimer(ITIMER_PROF, &every, NULL));
    while (rings < 2)
        ;
    SHOW(setitimer(ITIMER_PROF, &off, NULL));
    return 0;
}
