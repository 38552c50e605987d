/* Timers of processor time run while the program computes, and not while it sleeps. */
#include "compat.h"
#include <sys/time.h>

static volatile int rang;

static void on_ring(int sig)
{
    (void)sig;
    rang++;
}

static void compute_until(int count)
{
    while (rang < count)
        ;
}

static void posix_timer(clockid_t clock, const char *name)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    struct itimerspec spec = {{0, 10000000}, {0, 10000000}}, off = {{0, 0}, {0, 0}};
    timer_t timer;

    rang = 0;
    MUST(timer_create(clock, &event, &timer));
    MUST(timer_settime(timer, 0, &spec, NULL));
    compute_until(3);
    MUST(timer_settime(timer, 0, &off, &spec));
    MUST(timer_delete(timer));
    SAY("%s rang, interval %ld", name, spec.it_interval.tv_nsec);
}

static void itimer(int which, int sig, const char *name)
{
    struct itimerval every = {{0, 10000}, {0, 10000}}, off = {{0, 0}, {0, 0}}, now;

    on_signal(sig, on_ring, 0);
    rang = 0;
    MUST(setitimer(which, &every, NULL));
    sleep_ms(50);
    SAY("%s after a sleep %d", name, rang);
    compute_until(3);
    MUST(setitimer(which, &off, &now));
    SAY("%s interval %ld", name, (long)now.it_interval.tv_usec);
}

int main(void)
{
    itimer(ITIMER_PROF, SIGPROF, "prof");
    itimer(ITIMER_VIRTUAL, SIGVTALRM, "virtual");
    on_signal(SIGRTMIN, on_ring, 0);
    posix_timer(CLOCK_PROCESS_CPUTIME_ID, "process");
    posix_timer(CLOCK_THREAD_CPUTIME_ID, "thread");
    return 0;
}
