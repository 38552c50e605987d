/*
 * The cores that a thread may run on (sched_setaffinity(2)).
 *
 * Workers on cores of their own divide the threads among them: a confined thread runs only on those
 * whose core is in its mask, which has at least one. The one worker that is on no core (of a
 * runtime without cores in its plan, of a forked process) runs all threads, and the host moves it
 * to where the thread that it runs wants to be; nothing is asked of the host as long as all want
 * the same.
 */
#ifndef BP_SCHED_AFFINITY_H
#define BP_SCHED_AFFINITY_H

#include "base/base.h"

struct bp_thread;
struct bp_worker;

/* A cpu_set_t: core n is bit n % 64 of word n / 64. */
struct bp_cpus {
    u64 words[16];
};

/*
 * Confines a thread to those of the cores where threads may run at all. The calling thread is on
 * one of them when this returns; another goes there when it is next scheduled, or leaves program
 * code. Returns 0, -EINVAL when there is none, or what else the host answers.
 */
long bp_affinity_set(struct bp_thread *thread, const struct bp_cpus *cpus);

/* The cores where it may run. */
void bp_affinity_get(const struct bp_thread *thread, struct bp_cpus *cpus);

/* A new thread of the same program has its creator's mask. */
void bp_affinity_inherit(struct bp_thread *child, const struct bp_thread *creator);

/*
 * A forked child is not bound to the core of the worker that it was forked on: the parent frees its
 * host process for all those of the thread's mask, before either goes on; the child takes note.
 */
void bp_affinity_free(u32 pid);
void bp_affinity_forked(struct bp_worker *self);

/* ---- for the scheduler ---- */

/* True when some thread was ever confined: queues may hold threads that not all workers may run. */
extern bool bp_affinity_used;

/* Private: bp_affinity_admits for a thread whose mask is not the worker's. */
bool bp_affinity_place(struct bp_worker *worker, const struct bp_thread *thread);

/* Where a confined thread is to be queued: its last worker when that is still right. */
struct bp_worker *bp_affinity_worker(const struct bp_thread *thread);

#endif
