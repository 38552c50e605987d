/*
 * A timer whose signal stays blocked queues once; the expirations in between are overruns of the
 * one signal.
 */
#include "compat.h"

static volatile int rang, overrun;
static timer_t timer;

static void on_ring(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    (void)context;
    rang++;
    overrun = info->si_overrun;
    CHECK(timer_getoverrun(timer) == overrun);
}

int main(void)
{
    struct sigaction sa = {.sa_sigaction = on_ring, .sa_flags = SA_SIGINFO};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    struct itimerspec fast = {{0, 1000000}, {0, 1000000}}, off = {{0, 0}, {0, 0}}, now;
    siginfo_t info;
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    MUST(sigaction(SIGRTMIN, &sa, NULL));
    MUST(sigprocmask(SIG_BLOCK, &set, NULL));
    MUST(timer_create(CLOCK_MONOTONIC, &event, &timer));
    MUST(timer_settime(timer, 0, &fast, NULL));
    sleep_ms(60);
    MUST(timer_gettime(timer, &now));
    CHECK(now.it_value.tv_nsec > 0 && now.it_value.tv_nsec <= 1000000);
    MUST(sigprocmask(SIG_UNBLOCK, &set, NULL));
    SAY("rang %d", rang > 0);
    MUST(timer_settime(timer, 0, &off, NULL));
    MUST(sigprocmask(SIG_BLOCK, &set, NULL));
    rang = 0;
    MUST(timer_settime(timer, 0, &fast, NULL));
    sleep_ms(60);
    sigwaitinfo(&set, &info);
    SHOW(info.si_overrun >= 40);
    SHOW(timer_getoverrun(timer) >= 40);
    MUST(timer_settime(timer, 0, &off, NULL));
    SHOW(timer_getoverrun(timer));
    SHOW(timer_delete(timer));
    SHOW(timer_delete(timer));
    SHOW(timer_gettime(timer, &now));
    return 0;
}
