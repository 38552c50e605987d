/*
 * Timers that send signals: those of timer_create(2), and under negative ids the three of
 * setitimer(2) and the two of RLIMIT_CPU. Times are nanoseconds. Wall clocks run on the worker's
 * timer wheel; processor-time clocks are looked at when they could have reached their time at the
 * earliest, so they are as exact as the preemption tick.
 */
#ifndef BP_LINUX_SIGTIMER_H
#define BP_LINUX_SIGTIMER_H

#include "linux/task.h"

struct bp_sigtimer_spec {
    int clock;      /* CLOCK_* */
    u32 clock_tid;  /* whose time CLOCK_THREAD_CPUTIME_ID is */
    int signal;     /* 0: none, the timer is only read (SIGEV_NONE) */
    u32 tid;        /* the thread to signal (SIGEV_THREAD_ID); 0: the process */
    bool own_value; /* si_value is the timer's id */
    u64 value;      /* si_value otherwise */
};

struct bp_sigtimer_time {
    u64 value;    /* until it runs, 0: does not run */
    u64 interval; /* 0: once */
};

/* The id of setitimer's timer `which` (ITIMER_REAL 0, ITIMER_VIRTUAL 1, ITIMER_PROF 2). */
BP_INLINE int bp_itimer_id(u32 which)
{
    return -1 - (int)which;
}

/* The first id of the two timers of RLIMIT_CPU (linux/rlimit.h), downwards. */
#define BP_RLIMIT_TIMER (-4)

/* All below act on timers of the current process and return -EINVAL when it has none of that id. */

/*
 * Returns the new timer's id, or -EAGAIN when there are as many as RLIMIT_SIGPENDING allows or
 * memory is short.
 */
int bp_sigtimer_create(const struct bp_sigtimer_spec *spec);

/* The same under a chosen id; returns it at once when it exists. */
int bp_sigtimer_ensure(int id, const struct bp_sigtimer_spec *spec);

/*
 * Starts, restarts or (value 0) stops. absolute: value is a time of the timer's clock. *old
 * receives what it was.
 */
int bp_sigtimer_set(int id, const struct bp_sigtimer_time *time, bool absolute,
                    struct bp_sigtimer_time *old);
int bp_sigtimer_get(int id, struct bp_sigtimer_time *time);

/* timer_getoverrun(2): expirations that the signal delivered last stood for, besides the first. */
int bp_sigtimer_overrun(int id);
int bp_sigtimer_delete(int id);

/* Ends all timers of a process that has no thread left. */
void bp_sigtimers_destroy(struct bp_proc *proc);

/* execve(2): those of timer_create go, the others stay. */
void bp_sigtimers_exec(struct bp_proc *proc);

/*
 * The signal of a timer was taken from its queue: fills in si_overrun. The timer may be gone. No
 * lock held.
 */
void bp_sigtimer_taken(struct bp_sigtimer *timer, siginfo_t *info);

#endif
