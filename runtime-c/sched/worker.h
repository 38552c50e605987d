/*
 * Workers: the kernel threads that run user threads. Private to the scheduler and to those who
 * start it.
 *
 * A worker's own context (its kernel thread's stack, the libc's FS base) runs timers, host
 * descriptors, posted work and the idle sleep; user threads run on their handler stacks and switch
 * to each other directly.
 */
#ifndef BP_SCHED_WORKER_H
#define BP_SCHED_WORKER_H

#include "base/base.h"
#include "base/list.h"
#include "base/lock.h"
#include "base/percpu.h"
#include "base/stats.h"
#include "bp_config.h"
#include "sched/hostfd.h"
#include "sched/run_queue.h"
#include "sched/sched.h"
#include "sched/wheel.h"

enum {
    /* A busy worker looks at timers and host descriptors this often (time-stamp ticks, some 15 to
     * 50 us). */
    BP_POLL_TSC = 100000,
};

/* A function for a worker to call in its own context, posted by any thread of the process, worker
 * or not. */
struct bp_work {
    struct bp_work *next;
    void (*run)(struct bp_work *work);
};

/*
 * What a worker's own context serves besides programs: the network (remote/). Given to the worker
 * before it runs; its functions are called in its own context only.
 */
struct bp_service {
    /* One turn. Returns true when there was something to do. */
    bool (*serve)(struct bp_service *service);
    /* The worker is about to sleep: asks for wake-ups. Returns the time (CLOCK_MONOTONIC ns) of the
     * next turn at the latest; 0: it must not sleep. */
    u64 (*rest)(struct bp_service *service);
    /* The worker is up again; follows each rest. */
    void (*rise)(struct bp_service *service);
    u64 spin; /* ns of turns without anything to do before the worker sleeps */
};

struct bp_worker {
    struct bp_percpu pc; /* first: GS points here */

    struct bp_run_queue run_queue;
    u32 run_count;       /* threads in it */
    struct bp_lock lock; /* run queue, wheel */
    struct bp_thread *switched_from;
    u64 own_sp; /* the worker's own context while a user thread runs */
    u64 own_fs_base;
    u64 switch_tsc; /* when the current thread was switched in */
    u64 last_poll_tsc;
    u32 mxcsr; /* what the control registers hold while the last thread's values are loaded */
    u16 fpu_cw, fpu_sw;
    bool tick_armed;
    u32 sources; /* armed host descriptors and offloaded calls: reasons to poll while programs run
                  */

    struct bp_work *posted; /* atomic stack, newest first */
    u32 sleeping;           /* 1 while in the idle sleep: posters ring the doorbell then */
    u32 spinning;           /* 1 while it spins for work before that */
    u64 contended_until;    /* when it reckons to have its core for itself again */
    bool siblings;          /* other processes may wake threads of this one (sched/process.h) */
    u64 bells;              /* doorbells of other processes to ring, a bit each */
    struct bp_wheel wheel;

    struct bp_service *service; /* or NULL; always NULL without BP_HAS_NIC */
    bool service_due;           /* it is wanted before the next program runs */
    u64 last_host_tsc;          /* when the host's descriptors were last looked at */

    int epoll_fd, doorbell_fd;
    int timer_id; /* host timer of the tick */
    u32 host_tid;
    int core;     /* host core, or -1 for any */
    u32 confined; /* on no core: whose mask the host has for it (thread.confined); else 0 */
};

extern struct bp_worker *bp_workers[BP_WORKERS_MAX];
extern u32 bp_nr_workers;

BP_INLINE struct bp_worker *bp_this_worker(void)
{
    return (struct bp_worker *)bp_percpu();
}

/*
 * Host signals of the runtime's own. Programs' signals are virtual and use none; the last ones are
 * those that processes outside are least likely to send to a forked program. Our own send these,
 * and those of faults, by way of a signal that is no such (linux/outside.c).
 */
enum {
    BP_SIGNAL_CARRIER = 61,
    BP_SIGNAL_CANCEL = 62, /* ends the host call of a helper (sched/offload.c) */
    BP_SIGNAL_TICK = 63,   /* the preemption tick */
    BP_SIGNAL_KICK = 64,   /* bp_worker_kick */
};

/* Gives the worker, which does not run yet, a service. */
void bp_worker_serves(struct bp_worker *worker, struct bp_service *service);

/* The idle sleep of the current worker also ends when fd is readable; it is looked at by the
 * service. Returns 0 or a negative errno of epoll_ctl(2). */
int bp_worker_sleeps_on(int fd);

/* Prepares count workers on the given host cores (-1: any); none runs yet. Returns 0 or negative
 * errno. */
int bp_workers_init(const int *cores, u32 count);

/*
 * The body of a worker's kernel thread: sets GS, calls ready() (which sets the entry points and
 * arms system-call dispatch and signals) and runs until the process ends.
 */
BP_NORETURN void bp_worker_run(struct bp_worker *worker, void (*ready)(struct bp_worker *worker));

/* Any kernel thread of the process. The work structure belongs to the callee from here on. */
void bp_worker_post(struct bp_worker *worker, struct bp_work *work);

/* Brings the worker out of program code into its own context soon. Any kernel thread. */
void bp_worker_kick(struct bp_worker *worker);

/* True when something may become ready while a program computes, so that the tick must run. */
BP_INLINE bool bp_worker_has_pending(const struct bp_worker *worker)
{
    return worker->run_count || worker->sources || worker->siblings ||
           (BP_HAS_NIC && worker->service) || bp_wheel_pending(&worker->wheel);
}

/* Starts the tick, which stops itself when nothing is pending. Any kernel thread. */
void bp_tick_arm(struct bp_worker *worker);
/* Stops it, unless something has come up meanwhile. The worker itself. */
void bp_tick_stop(struct bp_worker *worker);

/* What the tick's or the kick's signal handler calls; true when the program is to be interrupted.
 */
bool bp_tick_handle(struct bp_worker *worker);

/* Called by the entry for a thread taken out of program code: lets the worker's own context look
 * around, then others. */
void bp_preempt(void);

/* Makes the worker look: rings the doorbell when it sleeps, sees to it that the tick runs when a
 * program does. What it shall find was published before. Any kernel thread. */
void bp_worker_wake(struct bp_worker *worker);

/* True when a program has kept the worker from its own context for long. */
BP_INLINE bool bp_worker_poll_due(const struct bp_worker *worker)
{
    return bp_worker_has_pending(worker) || READ_ONCE(worker->posted);
}

/* From now on other processes wake threads of this one. On worker 0, or in a forked child. */
int bp_worker_meet_siblings(struct bp_worker *worker);

/*
 * In a forked child: the current worker is its only one. Everything that belonged to others, or to
 * the parent, is gone. Returns 0 or negative errno.
 */
int bp_worker_forked(void);

/* Parts of the scheduler that only the worker's own context calls. */
struct bp_thread *bp_sched_next(struct bp_worker *worker);
struct bp_thread *bp_sched_steal(struct bp_worker *thief);
void bp_sched_run(struct bp_worker *worker, struct bp_thread *thread);
void bp_hostfd_dispatch(struct bp_hostfd *source, u32 events);

#endif
