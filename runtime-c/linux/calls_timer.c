/*
 * System calls about timers that send signals: alarm, setitimer, timer_create and their relatives.
 *
 */
#include "base/clock.h"
#include "base/uaccess.h"
#include "linux/calls.h"
#include "linux/signal.h"
#include "linux/sigtimer.h"
#include "linux/timespec.h"
#include "linux/usage.h"

#include <errno.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>

/* ---- setitimer and alarm ---- */

/*
 * Processor time is not told apart into the program's and the runtime's, so the last two run alike.
 *
 */
static const struct bp_sigtimer_spec itimers[] = {
    [ITIMER_REAL] = {.clock = CLOCK_MONOTONIC, .signal = SIGALRM},
    [ITIMER_VIRTUAL] = {.clock = CLOCK_PROCESS_CPUTIME_ID, .signal = SIGVTALRM},
    [ITIMER_PROF] = {.clock = CLOCK_PROCESS_CPUTIME_ID, .signal = SIGPROF},
};

static long set_itimer(u32 which, const struct bp_sigtimer_time *time, struct bp_sigtimer_time *old)
{
    int id = bp_sigtimer_ensure(bp_itimer_id(which), &itimers[which]);

    return id == -EAGAIN ? -EAGAIN : bp_sigtimer_set(id, time, false, old);
}

static bool timeval_to_ns(u64 *ns, const struct timeval *tv)
{
    if (tv->tv_sec < 0 || (u64)tv->tv_usec >= 1000000)
        return false;
    *ns = (u64)tv->tv_sec > BP_NEVER / 4 / BP_NSEC_PER_SEC
              ? BP_NEVER / 4
              : (u64)tv->tv_sec * BP_NSEC_PER_SEC + (u64)tv->tv_usec * BP_NSEC_PER_USEC;
    return true;
}

/* Rounded up, so that a running timer never reads as a stopped one. */
static struct timeval ns_to_timeval(u64 ns)
{
    u64 us = (ns + BP_NSEC_PER_USEC - 1) / BP_NSEC_PER_USEC;

    return (struct timeval){.tv_sec = (long)(us / 1000000), .tv_usec = (long)(us % 1000000)};
}

static long put_itimerval(u64 user, const struct bp_sigtimer_time *time)
{
    struct itimerval value = {ns_to_timeval(time->interval), ns_to_timeval(time->value)};

    return bp_copy((void *)user, &value, sizeof(value));
}

long bp_sys_getitimer(u64 which, u64 user)
{
    struct bp_sigtimer_time time = {0};

    if (which >= ARRAY_SIZE(itimers))
        return -EINVAL;
    bp_sigtimer_get(bp_itimer_id((u32)which), &time); /* none yet: does not run */
    return put_itimerval(user, &time);
}

long bp_sys_setitimer(u64 which, u64 user, u64 old_user)
{
    struct itimerval value = {0}; /* no pointer stops the timer: Linux takes that, with a warning */
    struct bp_sigtimer_time time, old;
    long ret;

    if (user && bp_copy(&value, (void *)user, sizeof(value)))
        return -EFAULT;
    if (which >= ARRAY_SIZE(itimers) || !timeval_to_ns(&time.value, &value.it_value) ||
        !timeval_to_ns(&time.interval, &value.it_interval))
        return -EINVAL;
    ret = set_itimer((u32)which, &time, &old);
    return ret || !old_user ? ret : put_itimerval(old_user, &old);
}

long bp_sys_alarm(u64 seconds)
{
    struct bp_sigtimer_time time = {.value = (u32)seconds * BP_NSEC_PER_SEC}, old;
    u64 left;
    long ret = set_itimer(ITIMER_REAL, &time, &old);

    if (ret)
        return ret;
    left = (old.value + BP_NSEC_PER_SEC / 2) / BP_NSEC_PER_SEC;
    return old.value && !left ? 1 : (long)left; /* Linux rounds to the nearest, but not to none */
}

/* ---- timer_create ---- */

static long read_clock(struct bp_sigtimer_spec *spec, int clock)
{
    spec->clock = clock;
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_MONOTONIC:
    case CLOCK_BOOTTIME:
    case CLOCK_TAI:
        return 0;
    }
    /*
     * What remains: the alarm clocks, which wake a sleeping machine, and other processes' clocks.
     *
     */
    if (bp_cpu_clock(clock, &spec->clock_tid) != bp_current_proc())
        return -EINVAL;
    spec->clock = spec->clock_tid ? CLOCK_THREAD_CPUTIME_ID : CLOCK_PROCESS_CPUTIME_ID;
    return 0;
}

/* What timer_create(2) says about sigevent, with Linux's order of checks. */
static long read_event(struct bp_sigtimer_spec *spec, u64 user)
{
    struct sigevent event;

    spec->signal = SIGALRM;
    spec->own_value = !user;
    if (!user)
        return 0;
    if (bp_copy(&event, (void *)user, sizeof(event)))
        return -EFAULT;
    spec->value = (u64)event.sigev_value.sival_ptr;
    spec->signal = event.sigev_signo;
    switch (event.sigev_notify) {
    case SIGEV_NONE:
        spec->signal = 0;
        return 0;
    case SIGEV_THREAD_ID:
        spec->tid = (u32)event._sigev_un._tid;
        if (!spec->tid || bp_signal_tid(bp_current_proc(), spec->tid, 0, NULL))
            return -EINVAL;
        break;
    case SIGEV_SIGNAL:
    case SIGEV_THREAD: /* the libc's matter: for the kernel the same */
        break;
    default:
        return -EINVAL;
    }
    return spec->signal < 1 || spec->signal > BP_NSIG ? -EINVAL : 0;
}

long bp_sys_timer_create(u64 clock, u64 event_user, u64 id_user)
{
    struct bp_sigtimer_spec spec = {0};
    long ret = read_clock(&spec, (int)clock);
    int id;

    if (ret)
        return ret;
    ret = read_event(&spec, event_user);
    if (ret)
        return ret;
    id = bp_sigtimer_create(&spec);
    if (id < 0)
        return id;
    ret = bp_put_user32((u32 *)id_user, (u32)id);
    if (ret)
        bp_sigtimer_delete(id);
    return ret;
}

/* setitimer's timers have negative ids, which are nobody's business. */
static int timer_id(u64 id)
{
    return (int)id < 0 ? INT32_MAX : (int)id;
}

static long put_itimerspec(u64 user, const struct bp_sigtimer_time *time)
{
    long ret = bp_put_timespec(user, time->interval);

    return ret ? ret : bp_put_timespec(user + sizeof(struct timespec), time->value);
}

long bp_sys_timer_settime(u64 id, u64 flags, u64 user, u64 old_user)
{
    struct bp_sigtimer_time time, old;
    long ret;

    if (!user)
        return -EINVAL;
    ret = bp_get_timespec(&time.interval, user);
    if (!ret)
        ret = bp_get_timespec(&time.value, user + sizeof(struct timespec));
    if (!ret)
        ret = bp_sigtimer_set(timer_id(id), &time, flags & TIMER_ABSTIME, &old);
    return ret || !old_user ? ret : put_itimerspec(old_user, &old);
}

long bp_sys_timer_gettime(u64 id, u64 user)
{
    struct bp_sigtimer_time time;
    long ret = bp_sigtimer_get(timer_id(id), &time);

    return ret ? ret : put_itimerspec(user, &time);
}

long bp_sys_timer_getoverrun(u64 id)
{
    return bp_sigtimer_overrun(timer_id(id));
}

long bp_sys_timer_delete(u64 id)
{
    return bp_sigtimer_delete(timer_id(id));
}
