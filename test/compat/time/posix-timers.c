/* timer_create(2): by signal, by thread, overruns, gettime. */
#include "compat.h"

static volatile int rang, value;

static void on_ring(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    (void)context;
    CHECK(info->si_code == SI_TIMER);
    value = info->si_value.sival_int;
    rang++;
}

static void in_thread(union sigval sv)
{
    value = sv.sival_int;
    __atomic_add_fetch(&rang, 1, __ATOMIC_SEQ_CST);
}

int main(void)
{
    struct sigaction sa = {.sa_sigaction = on_ring, .sa_flags = SA_SIGINFO};
    struct sigevent by_signal = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1};
    struct sigevent by_thread = {.sigev_notify = SIGEV_THREAD};
    struct itimerspec spec = {{0, 5000000}, {0, 5000000}}, off = {{0, 0}, {0, 0}}, now;
    timer_t timer;

    by_signal.sigev_value.sival_int = 42;
    by_thread.sigev_value.sival_int = 43;
    by_thread.sigev_notify_function = in_thread;
    MUST(sigaction(SIGRTMIN + 1, &sa, NULL));
    SHOW(timer_create(CLOCK_MONOTONIC, &by_signal, &timer));
    SHOW(timer_gettime(timer, &now));
    SAY("%ld %ld", (long)now.it_value.tv_sec, now.it_value.tv_nsec);
    SHOW(timer_settime(timer, 0, &spec, NULL));
    while (rang < 3)
        pause();
    SHOW(timer_settime(timer, 0, &off, &now));
    SAY("interval %ld value %d", now.it_interval.tv_nsec, value);
    CHECK(timer_getoverrun(timer) >= 0);
    SHOW(timer_delete(timer));
    SHOW(timer_create(99, &by_signal, &timer));
    rang = 0;
    SHOW(timer_create(CLOCK_MONOTONIC, &by_thread, &timer));
    SHOW(timer_settime(timer, 0, &spec, NULL));
    while (__atomic_load_n(&rang, __ATOMIC_SEQ_CST) < 2)
        sleep_ms(1);
    SHOW(timer_delete(timer));
    SAY("value %d", value);
    return 0;
}
