#include "sched/run_queue.h"
#include "sched/sched.h"

void bp_run_queue_init(struct bp_run_queue *queue)
{
    *queue = (struct bp_run_queue){0};
    bp_list_init(&queue->woken);
    bp_list_init(&queue->preempted);
}

static void begin_turn(struct bp_run_queue *queue, u64 now)
{
    queue->turn++;
    queue->sharers = 0;
    queue->slice_ended = now;
}

void bp_run_queue_add_preempted(struct bp_run_queue *queue, struct bp_list *run_node, u64 slice,
                                u64 now)
{
    bp_list_add_tail(&queue->preempted, run_node);
    queue->preempted_count++;
    queue->slice = slice;
    begin_turn(queue, now);
}

void bp_run_queue_add_yielding(struct bp_run_queue *queue, struct bp_list *run_node)
{
    if (likely(!queue->preempted_count)) {
        bp_list_add_tail(&queue->woken, run_node);
        return;
    }
    bp_list_add_tail(&queue->preempted, run_node);
    queue->preempted_count++;
}

static struct bp_thread *take(struct bp_list *list)
{
    struct bp_thread *thread = bp_list_first(list, struct bp_thread, run_node);

    bp_list_del(&thread->run_node);
    return thread;
}

struct bp_thread *bp_run_queue_first(struct bp_run_queue *queue)
{
    return take(&queue->woken);
}

struct bp_thread *bp_run_queue_share(struct bp_run_queue *queue, u64 now)
{
    u64 share = queue->slice * BP_MAX(queue->sharers, 1u) / queue->preempted_count;
    struct bp_thread *thread;

    if (bp_list_empty(&queue->woken) || now - queue->slice_ended >= share) {
        begin_turn(queue, now); /* its slice may end early: the woken do not pay for that */
        queue->preempted_count--;
        return take(&queue->preempted);
    }
    thread = take(&queue->woken);
    if (thread->turn != queue->turn) {
        thread->turn = queue->turn;
        queue->sharers++;
    }
    return thread;
}

struct bp_thread *bp_run_queue_take_if(struct bp_run_queue *queue, struct bp_worker *worker,
                                       bool (*admits)(struct bp_worker *worker,
                                                      const struct bp_thread *thread))
{
    struct bp_list *const lists[] = {&queue->woken, &queue->preempted};

    for (u32 i = 0; i < ARRAY_SIZE(lists); i++) {
        bp_list_for_each (node, lists[i]) {
            struct bp_thread *thread = bp_list_entry(node, struct bp_thread, run_node);

            if (!admits(worker, thread))
                continue;
            bp_list_del(node);
            queue->preempted_count -= lists[i] == &queue->preempted;
            return thread;
        }
    }
    return NULL;
}
