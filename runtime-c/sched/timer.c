#include "sched/timer.h"
#include "sched/worker.h"

void bp_timer_init(struct bp_timer *timer, void (*fire)(struct bp_timer *timer))
{
    bp_list_init(&timer->node);
    timer->wheel = NULL;
    timer->fire = fire;
}

bool bp_timer_cancel(struct bp_timer *timer)
{
    struct bp_wheel *wheel = READ_ONCE(timer->wheel);
    bool armed;

    if (!wheel)
        return false;
    struct bp_worker *worker = container_of(wheel, struct bp_worker, wheel);
    bp_lock(&worker->lock);
    armed = timer->wheel != NULL; /* it may have fired meanwhile */
    if (armed)
        bp_wheel_del(wheel, timer);
    bp_unlock(&worker->lock);
    return armed;
}

void bp_timer_arm(struct bp_timer *timer, u64 deadline)
{
    struct bp_worker *worker = bp_this_worker();

    bp_timer_cancel(timer);
    timer->deadline = deadline;
    bp_lock(&worker->lock);
    bp_wheel_add(&worker->wheel, timer);
    bp_unlock(&worker->lock);
}
