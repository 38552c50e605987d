/*
 * User threads on per-core workers.
 *
 * A worker is one kernel thread, pinned to a core. It runs user threads one after the other; a
 * thread runs until it parks (a blocking system call), exits, or the tick takes the core from it
 * because others are ready. Code of the runtime is never preempted: between two parks a handler
 * runs alone on its worker.
 *
 * A thread that waits registers itself where the event will come from (under that object's lock),
 * calls bp_park_begin() before it drops the lock, and then bp_park(). Whoever produces the event
 * calls bp_unpark(). An unpark between begin and park is not lost: the park returns at once.
 */
#ifndef BP_SCHED_SCHED_H
#define BP_SCHED_SCHED_H

#include "base/base.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/percpu.h"
#include "sched/affinity.h"
#include "sched/timer.h"

struct bp_worker;
struct bp_fdtable;
struct bp_receive;

enum bp_thread_state {
    BP_THREAD_RUNNING, /* on a worker or in a run queue */
    BP_THREAD_PARKING, /* between bp_park_begin and the switch away */
    BP_THREAD_PARKED,
    BP_THREAD_DEAD,
};

/*
 * One word near the top of every handler stack says whether the program's vector registers may
 * carry values over the call that is being handled: 0 = proven dead, else they are kept over a
 * switch. The entry writes it (entry/frame.h).
 */
enum {
    BP_STACK_VECTORS_LIVE_BELOW_TOP = 24
};

/* How far a call that was interrupted is not made again, whatever its class (signal(7)). */
enum bp_no_restart {
    BP_NO_RESTART_AFTER_HANDLER = true, /* SA_RESTART or not: a futex with a time limit */
    BP_NO_RESTART_EVER,                 /* nor without a handler: sockets with SO_RCVTIMEO */
};

/*
 * A user thread: private memory of its process. Upper floors embed it first in their own thread
 * structure (struct bp_task of linux/).
 */
enum {
    BP_THREADS_MAX = 65536, /* of one process */
};

struct bp_thread {
    void *const *calls; /* handlers of this program's system calls; first: entry.S reads it */
    u64 *app_stats;     /* its program's row of counters; second: entry.S counts the call */
    u64 gs_base;        /* the program's GS base, or 0: then GS holds the worker in the program too;
                           third: entry.S loads it */
    u64 switch_sp;      /* stack pointer while switched away */
    u64 fs_base;        /* the program's FS base while switched away */
    u64 stack_top;      /* top of the handler stack */
    u32 mxcsr;          /* SSE and x87 control words while switched away */
    u16 fpu_cw;
    u16 fpu_sw;        /* x87 status word, for the exception flags in it */
    bool interrupted;  /* a signal or a kill wants this thread out of an interruptible park */
    u32 flags_dropped; /* of the program's flags register, for the time of its call */
    bool at_exit; /* the exit from the current call has work to do, but its waits are not to end */
    bool interruptible;       /* parked in bp_park */
    u8 no_restart;            /* enum bp_no_restart; set with -EINTR by a call with a time limit */
    bool restarts;            /* set with -EINTR: the call is made again whatever the flags */
    bool timed_out;           /* the park's timer ran */
    u32 state;                /* enum bp_thread_state */
    u32 on_cpu;               /* 1 until the switch away has saved everything */
    struct bp_worker *worker; /* where it runs or last ran */
    struct bp_fdtable *fds;   /* the program's descriptors; belongs to the socket floor */
    struct bp_receive
        *receive; /* while parked in a read that takes data directly; the socket floor's too */
    struct bp_list run_node;
    u32 turn; /* the last one of a run queue in which it had a share */
    struct bp_timer timer;
    u64 run_tsc; /* time-stamp ticks spent running, for CPU clocks */
    u32 id;      /* index in the process's thread table: what a bp_ref names */
    u32 generation;
    u32 confined;        /* number of its mask, or 0: any worker (sched/affinity.h) */
    struct bp_cpus cpus; /* when confined */
    void *stack_memory;  /* guard page, handler stack, vector area */
    u32 stack_node;      /* where it lies (memory/node.h) */
    void (*release)(
        struct bp_thread *thread); /* set when dead: frees it once it is switched away */
};

BP_STATIC_ASSERT(offsetof(struct bp_thread, calls) == 0, "entry.S");
BP_STATIC_ASSERT(offsetof(struct bp_thread, app_stats) == 8, "entry.S");
BP_STATIC_ASSERT(offsetof(struct bp_thread, gs_base) == 16, "entry.S");

/* Names a thread from inside the arena, where pointers to private memory must not be: generation,
 * process (sched/process.h) and index, 32, 16 and 16 bits. */
typedef u64 bp_ref;
#define BP_NO_REF 0ULL

extern u32 bp_process_self;

BP_INLINE bp_ref bp_thread_ref(const struct bp_thread *thread)
{
    return (u64)thread->generation << 32 | (u64)bp_process_self << 16 | thread->id;
}

BP_INLINE u32 bp_ref_process(bp_ref ref)
{
    return (u32)ref >> 16;
}

/*
 * The thread that a reference names, or NULL when it belongs to another process or is gone.
 * The pointer is valid until the current worker parks or returns to a program.
 */
struct bp_thread *bp_thread_of(bp_ref ref);

/* Announces that the current thread is about to park. Events from here on wake it. */
void bp_park_begin(void);

/*
 * Gives the worker to others until an unpark, the deadline (BP_NEVER: none), or an interruption.
 * Returns 0 after an unpark (which may be spurious: test the condition again), -ETIMEDOUT, or
 * -EINTR when a signal is to be handled or the thread is to die. Must not hold a bp_lock.
 */
int bp_park(u64 deadline);

/* As bp_park, but neither signals nor kills end it: for short waits that must complete. Returns 0
 * or -ETIMEDOUT. */
int bp_park_uninterruptible(u64 deadline);

/* Undoes bp_park_begin when the condition turned out to hold already. */
void bp_park_cancel(void);

/* Wakes a parked (or parking) thread; harmless on one that runs. Any worker. */
void bp_unpark(struct bp_thread *thread);
void bp_unpark_ref(bp_ref ref);
/* Every parked thread of the process looks at what it waits for. */
void bp_unpark_all(void);

/* Goes to the end of the worker's run queue (sched_yield). */
void bp_yield(void);

/* The current thread goes to where its mask allows it to be. */
void bp_move(void);

/*
 * Prepares a new thread whose first switch calls entry(arg) on its handler stack; entry must not
 * return. bp_thread_start makes it ready. Returns 0 or -ENOMEM, -EAGAIN (thread table full).
 */
int bp_thread_init(struct bp_thread *thread, void (*entry)(void *arg), void *arg);
void bp_thread_start(struct bp_thread *thread);

/*
 * Ends the current thread. release(thread) is called once nothing runs on its handler stack any
 * more, on the worker's own stack; it frees what embeds the thread after bp_thread_destroy.
 */
BP_NORETURN void bp_thread_exit(void (*release)(struct bp_thread *thread));

/* In a forked child: the current thread is the only one. */
void bp_threads_forget_others(void);

/* Frees handler stack and vector area. The thread is not running and not queued. */
void bp_thread_destroy(struct bp_thread *thread);

/* Calls each for every handler stack, its guard page left out, and the node that it is on
 * (memory/node.h). Under the table's lock: each creates and ends no thread. */
void bp_threads_each_stack(void (*each)(const void *memory, size_t size, u32 node, void *context),
                           void *context);

/*
 * Makes an interruptible park of this thread end with -EINTR, now or at its next one, and brings it
 * out of program code into the exit work of the entry, wherever it runs. Cleared by
 * bp_interrupt_clear of the thread itself. Any worker.
 */
void bp_interrupt(struct bp_thread *thread);
BP_INLINE void bp_interrupt_clear(struct bp_thread *thread)
{
    thread->interrupted = false;
}

#endif
