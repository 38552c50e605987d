#include "linux/sigtimer.h"
#include "base/clock.h"
#include "base/host.h"
#include "linux/signal.h"
#include "linux/sigqueue.h"
#include "linux/timespec.h"
#include "linux/usage.h"
#include "sched/worker.h"

#include <errno.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

enum {
    SLAB_BYTES = 16 << 10
};

/*
 * How often a timer whose signal waits to be taken looks at its clock, when its interval is shorter
 * than this.
 */
#define PENDING_PERIOD BP_NSEC_PER_MSEC

/*
 * In memory that stays timers for ever, so that a wheel's late callback finds a valid, perhaps
 * unused, one. `lock` guards all fields of all timers; it is taken before the lock of a process.
 */
struct bp_sigtimer {
    struct bp_timer timer;
    struct bp_sigtimer *next; /* of the process, or free */
    struct bp_proc *proc;     /* NULL: free */
    int id;
    struct bp_sigtimer_spec spec;
    u64 expires; /* next expiry on the timer's own clock; 0: not running */
    u64 interval;
    u64 overrun;      /* since the signal was queued */
    int last_overrun; /* of the signal delivered last */
    struct bp_sigrecord record;
};

static struct bp_sigtimer *free_timers;
static struct bp_lock lock;

/* ---- clocks ---- */

static bool is_cpu_clock(const struct bp_sigtimer *t)
{
    return t->spec.clock == CLOCK_PROCESS_CPUTIME_ID || t->spec.clock == CLOCK_THREAD_CPUTIME_ID;
}

/* The clock that expires is on: wall clocks are all kept on CLOCK_MONOTONIC. */
static u64 clock_now(const struct bp_sigtimer *t)
{
    if (t->spec.clock == CLOCK_PROCESS_CPUTIME_ID)
        return bp_proc_cpu_time(t->proc);
    if (t->spec.clock == CLOCK_THREAD_CPUTIME_ID)
        return bp_tid_cpu_time(t->proc, t->spec.clock_tid);
    return bp_now();
}

/* An absolute time of the timer's clock, moved to the clock that expires is on. */
static u64 from_absolute(const struct bp_sigtimer *t, u64 value)
{
    u64 wall, now = bp_now();

    if (t->spec.clock != CLOCK_REALTIME && t->spec.clock != CLOCK_TAI)
        return BP_MAX(value, 1ULL);
    wall = bp_now_realtime();
    return value > wall ? bp_deadline(now, value - wall) : now;
}

/*
 * Asks the wheel to look again when the timer can have expired at the earliest: the processor time
 * of a process grows at most with the number of workers. not_before delays that, in time of
 * CLOCK_MONOTONIC.
 */
static void arm(struct bp_sigtimer *t, u64 not_before)
{
    u64 now = clock_now(t), left = t->expires > now ? t->expires - now : 0;
    u64 wall = is_cpu_clock(t) ? bp_deadline(bp_now(), left / bp_nr_workers) : t->expires;

    bp_timer_arm(&t->timer, BP_MAX(wall, not_before));
    if (!bp_this_worker()->tick_armed && bp_current())
        bp_tick_arm(bp_this_worker()); /* the program may compute until then */
}

/* ---- expiry ---- */

/* Counts the expirations up to now and moves expires behind it. Returns how many there were. */
static u64 count_expirations(struct bp_sigtimer *t, u64 now)
{
    u64 count;

    if (!t->expires || t->expires > now)
        return 0;
    if (!t->interval) {
        t->expires = 0;
        return 1;
    }
    count = (now - t->expires) / t->interval + 1;
    t->expires += count * t->interval;
    return count;
}

/*
 * Worker context. Until the signal is taken, which arms the timer exactly, overruns are counted in
 * passing only. A callback that lost a race against a new setting finds nothing due, and arms
 * again.
 */
static void fire(struct bp_timer *timer)
{
    struct bp_sigtimer *t = container_of(timer, struct bp_sigtimer, timer);
    u64 count, not_before = 0;

    bp_lock(&lock);
    if (t->proc && t->expires) {
        count = count_expirations(t, clock_now(t));
        if (count) {
            bool first = bp_signal_record(t->proc, t->spec.tid, &t->record);

            t->overrun = first ? count - 1 : t->overrun + count;
            not_before = bp_now() + PENDING_PERIOD;
        }
        if (t->expires)
            arm(t, not_before);
    }
    bp_unlock(&lock);
}

void bp_sigtimer_taken(struct bp_sigtimer *t, siginfo_t *info)
{
    bp_lock(&lock);
    if (t->proc) {
        if (t->expires) {
            t->overrun += count_expirations(t, clock_now(t));
            if (t->expires)
                arm(t, 0);
        }
        t->last_overrun = (int)BP_MIN(t->overrun, (u64)INT_MAX);
        t->overrun = 0;
        if (info->si_code == SI_TIMER)
            info->si_overrun = t->last_overrun;
    }
    bp_unlock(&lock);
}

/* ---- life; the lock is held by the callers ---- */

static struct bp_sigtimer *find(struct bp_proc *proc, int id)
{
    struct bp_sigtimer *t = proc->timers;

    while (t && t->id != id)
        t = t->next;
    return t;
}

static void grow(void)
{
    long memory = bp_host(SYS_mmap, NULL, SLAB_BYTES, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    for (u32 i = 0; !bp_is_error(memory) && i < SLAB_BYTES / sizeof(struct bp_sigtimer); i++) {
        struct bp_sigtimer *t = (struct bp_sigtimer *)memory + i;

        bp_timer_init(&t->timer, fire);
        t->next = free_timers;
        free_timers = t;
    }
}

static struct bp_sigtimer *add(struct bp_proc *proc, int id, const struct bp_sigtimer_spec *spec)
{
    struct bp_sigtimer *t;

    if (!free_timers)
        grow();
    t = free_timers;
    if (!t)
        return NULL;
    free_timers = t->next;
    t->next = proc->timers;
    proc->timers = t;
    t->proc = proc;
    t->id = id;
    t->spec = *spec;
    t->expires = t->interval = t->overrun = 0;
    t->last_overrun = 0;
    memset(&t->record, 0, sizeof(t->record));
    t->record.timer = t;
    t->record.info.si_signo = spec->signal;
    t->record.info.si_code = SI_KERNEL;
    if (id >= 0) {
        t->record.info.si_code = SI_TIMER;
        t->record.info.si_timerid = id;
        t->record.info.si_value.sival_ptr = (void *)(spec->own_value ? (u64)id : spec->value);
    }
    return t;
}

/* Those of timer_create(2) have their place in the queue for as long as they exist. */
static bool charge(struct bp_proc *proc)
{
    struct bp_sigbudget *budget = &proc->sigbudget;
    bool fits;

    bp_lock(&proc->lock);
    fits = budget->used < budget->limit;
    budget->used += fits;
    bp_unlock(&proc->lock);
    return fits;
}

static void uncharge(struct bp_proc *proc)
{
    bp_lock(&proc->lock);
    proc->sigbudget.used--;
    bp_unlock(&proc->lock);
}

/* Ends a timer that is in no list. */
static void drop(struct bp_sigtimer *t)
{
    bp_timer_cancel(&t->timer);
    bp_signal_unqueue(t->proc, &t->record);
    if (t->id >= 0)
        uncharge(t->proc);
    t->proc = NULL;
    t->next = free_timers;
    free_timers = t;
}

/* The smallest id above all others, from 0 on. */
static int next_id(const struct bp_proc *proc)
{
    int id = 0;

    for (const struct bp_sigtimer *t = proc->timers; t; t = t->next)
        id = BP_MAX(id, t->id + 1);
    return id;
}

int bp_sigtimer_create(const struct bp_sigtimer_spec *spec)
{
    struct bp_proc *proc = bp_current_proc();
    int id;

    if (!charge(proc))
        return -EAGAIN;
    bp_lock(&lock);
    id = next_id(proc);
    if (!add(proc, id, spec))
        id = -EAGAIN;
    bp_unlock(&lock);
    if (id < 0)
        uncharge(proc);
    return id;
}

int bp_sigtimer_ensure(int id, const struct bp_sigtimer_spec *spec)
{
    struct bp_proc *proc = bp_current_proc();
    int ret = id;

    bp_lock(&lock);
    if (!find(proc, id) && !add(proc, id, spec))
        ret = -EAGAIN;
    bp_unlock(&lock);
    return ret;
}

int bp_sigtimer_delete(int id)
{
    struct bp_proc *proc = bp_current_proc();
    int ret = -EINVAL;

    bp_lock(&lock);
    for (struct bp_sigtimer **link = &proc->timers; *link; link = &(*link)->next) {
        struct bp_sigtimer *t = *link;

        if (t->id != id)
            continue;
        *link = t->next;
        drop(t);
        ret = 0;
        break;
    }
    bp_unlock(&lock);
    return ret;
}

void bp_sigtimers_destroy(struct bp_proc *proc)
{
    bp_lock(&lock);
    while (proc->timers) {
        struct bp_sigtimer *t = proc->timers;

        proc->timers = t->next;
        drop(t);
    }
    bp_unlock(&lock);
}

void bp_sigtimers_exec(struct bp_proc *proc)
{
    bp_lock(&lock);
    for (struct bp_sigtimer **link = &proc->timers, *t; (t = *link) != NULL;) {
        if (t->id < 0) {
            link = &t->next;
            continue;
        }
        *link = t->next;
        drop(t);
    }
    bp_unlock(&lock);
}

/* ---- settings ---- */

/*
 * What is left; an expired timer that nobody has looked at yet has a nanosecond left, as 0 would
 * mean stopped.
 */
static void read_time(struct bp_sigtimer *t, struct bp_sigtimer_time *time)
{
    u64 now;

    *time = (struct bp_sigtimer_time){.interval = t->interval};
    if (!t->expires)
        return;
    now = clock_now(t);
    if (!t->spec.signal)
        count_expirations(t, now); /* nobody else does */
    if (t->expires)
        time->value = t->expires > now ? t->expires - now : 1;
}

static void write_time(struct bp_sigtimer *t, const struct bp_sigtimer_time *time, bool absolute)
{
    bp_timer_cancel(&t->timer);
    bp_signal_unqueue(t->proc, &t->record);
    t->interval = time->interval;
    t->overrun = 0;
    t->last_overrun = 0;
    t->expires = 0;
    if (!time->value)
        return;
    t->expires = absolute ? from_absolute(t, time->value) : bp_deadline(clock_now(t), time->value);
    if (t->spec.signal)
        arm(t, 0);
}

int bp_sigtimer_set(int id, const struct bp_sigtimer_time *time, bool absolute,
                    struct bp_sigtimer_time *old)
{
    struct bp_sigtimer *t;

    bp_lock(&lock);
    t = find(bp_current_proc(), id);
    if (t) {
        read_time(t, old);
        write_time(t, time, absolute);
    }
    bp_unlock(&lock);
    return t ? 0 : -EINVAL;
}

int bp_sigtimer_get(int id, struct bp_sigtimer_time *time)
{
    struct bp_sigtimer *t;

    bp_lock(&lock);
    t = find(bp_current_proc(), id);
    if (t)
        read_time(t, time);
    bp_unlock(&lock);
    return t ? 0 : -EINVAL;
}

int bp_sigtimer_overrun(int id)
{
    struct bp_sigtimer *t;
    int overrun;

    bp_lock(&lock);
    t = find(bp_current_proc(), id);
    overrun = t ? t->last_overrun : -EINVAL;
    bp_unlock(&lock);
    return overrun;
}
