/*
 * The ready threads of one worker, under its lock. Who was woken goes before whoever had the core
 * taken from it by the tick, so that a program which computes does not make those wait that answer
 * requests; and it gets its share all the same: between two slices of preempted threads, the others
 * together run as long as each of them would have had in turn.
 */
#ifndef BP_SCHED_RUN_QUEUE_H
#define BP_SCHED_RUN_QUEUE_H

#include "base/list.h"

struct bp_thread;
struct bp_worker;

struct bp_run_queue {
    struct bp_list woken, preempted; /* longest waiting first */
    u32 preempted_count;
    u32 sharers;     /* woken threads that have run since the last slice */
    u32 turn;        /* changes with each slice; whose thread.turn differs is no sharer yet */
    u64 slice;       /* length of the last slice of a preempted thread, time-stamp ticks */
    u64 slice_ended; /* time stamp */
};

void bp_run_queue_init(struct bp_run_queue *queue);

BP_INLINE void bp_run_queue_add(struct bp_run_queue *queue, struct bp_list *run_node)
{
    bp_list_add_tail(&queue->woken, run_node);
}

/* The tick took the core from the thread after it had run for `slice`; now: time stamp. */
void bp_run_queue_add_preempted(struct bp_run_queue *queue, struct bp_list *run_node, u64 slice,
                                u64 now);

/* The thread wants the others to run: also those that were preempted, for it may wait for one. */
void bp_run_queue_add_yielding(struct bp_run_queue *queue, struct bp_list *run_node);

/* Takes the first thread for which admits(worker, thread) is true; NULL when there is none. */
struct bp_thread *bp_run_queue_take_if(struct bp_run_queue *queue, struct bp_worker *worker,
                                       bool (*admits)(struct bp_worker *worker,
                                                      const struct bp_thread *thread));

/* Private: bp_run_queue_take while preempted threads wait. */
struct bp_thread *bp_run_queue_share(struct bp_run_queue *queue, u64 now);

/* Private: the woken thread that waits longest. */
struct bp_thread *bp_run_queue_first(struct bp_run_queue *queue);

/* Takes the next thread to run. The queue is not empty; now: time stamp. */
BP_INLINE struct bp_thread *bp_run_queue_take(struct bp_run_queue *queue, u64 now)
{
    if (unlikely(queue->preempted_count))
        return bp_run_queue_share(queue, now);
    return bp_run_queue_first(queue);
}

#endif
