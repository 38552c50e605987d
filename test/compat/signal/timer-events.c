/*
 * timer_create(2) in all its ways: SIGEV_NONE is only read, SIGEV_THREAD_ID rings that thread,
 * no event means SIGALRM; the three of setitimer(2), whose siginfo is the kernel's.
 */
#include "compat.h"
#include <sys/time.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static __thread int me;
static volatile int rang, by, code, value, signal_seen;

static void on_ring(int sig, siginfo_t *info, void *context)
{
    (void)context;
    by = me;
    code = info->si_code;
    value = info->si_value.sival_int;
    signal_seen = sig;
    rang++;
}

static void *other(void *arg)
{
    me = 1;
    *(pid_t *)arg = gettid();
    while (!rang)
        sleep_ms(1);
    return NULL;
}

static void await_ring(const char *what)
{
    while (!rang)
        sleep_ms(1);
    SAY("%s: signal %d code %d by %d", what, signal_seen, code, by);
    rang = 0;
}

static void itimer(int which, const char *what)
{
    struct itimerval once = {{0, 0}, {0, 2000}}, now;

    MUST(setitimer(which, &once, NULL));
    while (!rang)
        ;
    SAY("%s: signal %d code %d", what, signal_seen, code);
    rang = 0;
    MUST(getitimer(which, &now));
    SAY("over: %d", !now.it_value.tv_sec && !now.it_value.tv_usec);
}

int main(void)
{
    struct sigaction sa = {.sa_sigaction = on_ring, .sa_flags = SA_SIGINFO | SA_RESTART};
    struct itimerspec soon = {.it_value = {0, 1}}, late = {.it_value = {100, 0}};
    struct itimerspec now;
    struct sigevent event = {.sigev_notify = SIGEV_NONE};
    const int signals[] = {SIGALRM, SIGUSR1, SIGVTALRM, SIGPROF};
    volatile pid_t tid = 0;
    pthread_t thread;
    timer_t timer, second;

    for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
        MUST(sigaction(signals[i], &sa, NULL));

    SHOW(timer_create(CLOCK_MONOTONIC, &event, &timer));
    SHOW(timer_settime(timer, 0, &soon, NULL));
    do
        MUST(timer_gettime(timer, &now));
    while (now.it_value.tv_nsec);
    SAY("read to its end, rang %d", rang);
    SHOW(timer_settime(timer, 0, &late, &now));
    SHOW(timer_gettime(timer, &now));
    SAY("left %ld", (long)now.it_value.tv_sec);
    SHOW(timer_getoverrun(timer));
    SHOW(timer_delete(timer));
    SHOW(timer_delete(timer));
    SHOW(timer_settime(timer, 0, &soon, NULL));

    thread = start_thread(other, (void *)&tid);
    while (!tid)
        sleep_ms(1);
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGUSR1;
    event.sigev_value.sival_int = 12;
    event.sigev_notify_thread_id = tid;
    SHOW(timer_create(CLOCK_REALTIME, &event, &timer));
    SHOW(timer_settime(timer, 0, &soon, NULL));
    join_thread(thread);
    await_ring("other thread");
    SAY("value %d", value);
    SHOW(timer_delete(timer));
    event.sigev_notify_thread_id = 0x3fffffff;
    SHOW(timer_create(CLOCK_REALTIME, &event, &timer));
    event.sigev_notify = 77;
    SHOW(timer_create(CLOCK_REALTIME, &event, &timer));
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = 65;
    SHOW(timer_create(CLOCK_REALTIME, &event, &timer));
    event.sigev_signo = 0;
    SHOW(timer_create(CLOCK_REALTIME, &event, &timer));
    event.sigev_signo = SIGUSR1;
    SHOW(timer_create(99, &event, &timer));

    SHOW(timer_create(CLOCK_MONOTONIC, NULL, &timer));
    SHOW(timer_create(CLOCK_MONOTONIC, NULL, &second));
    MUST(timer_settime(second, 0, &soon, NULL));
    await_ring("no event");
    SHOW(timer_delete(second));

    SHOW(timer_delete(timer));

    itimer(ITIMER_REAL, "real");
    itimer(ITIMER_VIRTUAL, "virtual");
    itimer(ITIMER_PROF, "prof");
    SHOW(setitimer(ITIMER_REAL, (void *)8, NULL));
    SHOW(getitimer(ITIMER_REAL, (void *)8));
    SHOW(getitimer(3, (void *)8));
    return 0;
}
