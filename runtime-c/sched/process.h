/*
 * The host processes that share the arena: the launcher's, and one for each fork of a program. Each
 * has a place in a table in the arena, by which threads are named there (bp_ref), and a mailbox
 * into which the others put the names of threads to wake.
 *
 * A mailbox never loses a wake-up: when it is full, all parked threads of its process are woken and
 * look for themselves (a park may end for no reason, sched.h).
 */
#ifndef BP_SCHED_PROCESS_H
#define BP_SCHED_PROCESS_H

#include "sched/hand.h"
#include "sched/worker.h"

enum {
    BP_PROCESSES_MAX = 1024,
};

/* This process's place in the table; 0 is the launcher's. */
extern u32 bp_process_self;

/* Makes the table. Once, in the launcher, after the arena. Returns 0 or -ENOMEM. */
int bp_process_init(void);

/*
 * Before the first fork: makes the doorbells, since descriptors are inherited from
 * before a fork only. Returns 0 or a negative errno of eventfd2(2).
 */
int bp_process_share(void);

/*
 * Before each fork: takes a place for the child, with all that lies in the arena for it. Returns
 * the place, -EAGAIN when all are taken, or -ENOMEM.
 */
int bp_process_reserve(void);

/* Where the place keeps the child's descriptors, for whoever finds it dead (bp_process_bury);
 * opaque here. */
void **bp_process_table(u32 place);

/* The fork failed. */
void bp_process_abandon(u32 place);

/* The table of that place's process is about to be freed, its descriptors having been given back:
 * noted, to be whole with that (base/undo.h). */
void bp_process_leave(u32 place);

/*
 * The process of a place has ended; nobody else may call this for it. Returns its table when it has
 * left one, being killed. bp_process_free follows when that is dealt with.
 */
void *bp_process_bury(u32 place);
void bp_process_free(u32 place);

/* In the child, before anything else may be woken: this process is now the one of that place. */
void bp_process_become(u32 place);

/*
 * The parent has put the child where it belongs (its process group); the child waits for that, as
 * long as its parent lives, so that nothing is put twice.
 */
void bp_process_settle(u32 place);
void bp_process_wait_settled(void);

/*
 * Processes whose parent has ended are the launcher's to reap: the next one after that place (0:
 * the first) and its pid, or 0. The pid is 0 when the parent ended before it had forked. In the
 * launcher, which is told of new ones on worker 0 by bp_process_on_adoption, set before the first
 * fork.
 */
u32 bp_process_next_adopted(u32 after, u32 *pid);
extern void (*bp_process_on_adoption)(void);

/* What the process of a place leaves behind. */
struct bp_estate *bp_process_estate(u32 place);

/* Where the host writes the pid of the child before its first instruction (CLONE_CHILD_SETTID). */
u32 *bp_process_pid_word(u32 place);

/* The process is now host process pid; told by its parent. */
void bp_process_set_pid(u32 place, u32 pid);

/* True when that host process is one of ours: the launcher's, or a forked program's. */
bool bp_process_is_ours(u32 pid);
/* The launcher's host process. */
u32 bp_process_launcher(void);

/*
 * The program that forked it has ended, while the host process that it forked from may live on.
 * Sends the signal that the child asked for (PR_SET_PDEATHSIG).
 */
void bp_process_orphan(u32 place);
bool bp_process_is_orphan(void);
/* The signal for this process then; 0: none. */
void bp_process_set_parent_death_signal(int signal);
int bp_process_parent_death_signal(void);

/*
 * vfork(2): the parent's thread waits until its child has done with their common memory, and may
 * look at the child's then, while the child waits for it. States of a place:
 */
enum bp_vfork {
    BP_VFORK_NONE,
    BP_VFORK_RUNS,   /* the child runs, the parent waits */
    BP_VFORK_DONE,   /* the child is about to exec or to end, and waits */
    BP_VFORK_LOOKED, /* the parent has looked */
};

void bp_process_vfork_begin(u32 place, bp_ref parent);
enum bp_vfork bp_process_vfork_state(u32 place);
/* The parent has looked: both go on. */
void bp_process_vfork_end(u32 place);
/* In the child: tells the parent and waits for it. Nothing when it was not vforked. */
void bp_process_vfork_done(void);

/* Wakes a thread of another process. Any worker of any process. */
void bp_process_unpark(bp_ref ref);

/*
 * Wakes those that sleep among the processes whose threads the worker has unparked. Whoever leaves
 * the current call does, or gives the worker away; no lock is held then.
 */
BP_COLD void bp_process_ring_remembered(struct bp_worker *worker);

BP_INLINE void bp_process_ring(struct bp_worker *worker)
{
    if (unlikely(worker->bells))
        bp_process_ring_remembered(worker);
}

/* Unparks what others have put into our mailbox. Worker 0, in its own context. */
void bp_process_take_wakes(void);

/* True when the mailbox holds something. */
bool bp_process_has_wakes(void);

/* Worker 0 goes to sleep, or is up again: others ring the doorbell only meanwhile. */
void bp_process_set_sleeping(bool sleeping);

/* The descriptor that others ring, or -1 as long as there are no others. */
int bp_process_doorbell(void);

/* True from the first fork on. */
bool bp_process_shared(void);

/* Descriptors of the runtime's that a child keeps: calls fn for each. */
void bp_process_each_descriptor(void (*fn)(int fd, void *arg), void *arg);

#endif
