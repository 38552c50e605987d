/* Parking, waking and switching of user threads. */
#include "sched/sched.h"
#include "base/host.h"
#include "base/log.h"
#include "sched/affinity.h"
#include "sched/process.h"
#include "sched/vector.h"
#include "sched/worker.h"

#include <errno.h>

void bp_switch(u64 *save_sp, u64 load_sp);
void bp_switch_finish(void);

/* ---- state words: plain accesses while nobody shares ---- */

static bool state_cas(struct bp_thread *thread, u32 from, u32 to)
{
    if (BP_MAY_SHARE && unlikely(bp_lock_shared))
        return __atomic_compare_exchange_n(&thread->state, &from, to, false, __ATOMIC_ACQ_REL,
                                           __ATOMIC_RELAXED);
    if (thread->state != from)
        return false;
    thread->state = to;
    return true;
}

/* ---- run queue ---- */

/* The worker has a thread more to run, put into its queue before. */
static void announce(struct bp_worker *worker)
{
    if (likely(worker == bp_this_worker())) {
        if (unlikely(!worker->tick_armed) && worker->pc.thread)
            bp_tick_arm(worker);
    } else {
        bp_worker_wake(worker);
    }
}

static void enqueue(struct bp_thread *thread)
{
    struct bp_worker *worker =
        likely(!thread->confined) ? thread->worker : bp_affinity_worker(thread);

    bp_lock(&worker->lock);
    bp_run_queue_add(&worker->run_queue, &thread->run_node);
    worker->run_count++;
    bp_unlock(&worker->lock);
    announce(worker);
}

static bool admits(struct bp_worker *worker, const struct bp_thread *thread)
{
    return likely(thread->confined == worker->confined) || bp_affinity_place(worker, thread);
}

static struct bp_thread *take(struct bp_worker *worker, u64 now)
{
    struct bp_thread *thread = NULL;

    if (!READ_ONCE(worker->run_count))
        return NULL;
    bp_lock(&worker->lock);
    if (worker->run_count) {
        thread = bp_run_queue_take(&worker->run_queue, now);
        worker->run_count--;
    }
    bp_unlock(&worker->lock);
    return thread;
}

/* The worker's next thread. One that was confined while it waited goes elsewhere. */
static struct bp_thread *dequeue(struct bp_worker *worker, u64 now)
{
    struct bp_thread *thread;

    while ((thread = take(worker, now)) && unlikely(!admits(worker, thread)))
        enqueue(thread);
    return thread;
}

/* As bp_sched_steal when not every thread may go everywhere. */
static struct bp_thread *steal_admitted(struct bp_worker *thief)
{
    struct bp_thread *thread = NULL;

    for (u32 i = 0; i < bp_nr_workers && !thread; i++) {
        struct bp_worker *victim = bp_workers[i];

        if (victim == thief || !READ_ONCE(victim->run_count))
            continue;
        bp_lock(&victim->lock);
        thread = bp_run_queue_take_if(&victim->run_queue, thief, admits);
        victim->run_count -= thread != NULL;
        bp_unlock(&victim->lock);
    }
    return thread;
}

/* Takes the next thread of the worker that has the most of them. */
struct bp_thread *bp_sched_steal(struct bp_worker *thief)
{
    struct bp_worker *victim = NULL;

    if (unlikely(bp_affinity_used))
        return steal_admitted(thief);
    for (u32 i = 0; i < bp_nr_workers; i++) {
        struct bp_worker *other = bp_workers[i];

        if (other != thief && READ_ONCE(other->run_count) > (victim ? victim->run_count : 0))
            victim = other;
    }
    return victim ? take(victim, bp_tsc()) : NULL;
}

/* ---- switching ---- */

/* The next thread may have been left at a call where the x87 stack is empty: it must find it so. */
static void save_vectors(struct bp_worker *worker, void *area)
{
    bp_vector_save(area);
    if (unlikely(bp_vector_has_x87(area))) {
        bp_fpu_reset();
        worker->fpu_cw = BP_FPU_CW_DEFAULT;
        worker->fpu_sw = 0;
    }
}

static void save_state(struct bp_worker *worker, struct bp_thread *thread)
{
    thread->fs_base = bp_rdfsbase();
    thread->mxcsr = worker->mxcsr = bp_get_mxcsr();
    thread->fpu_cw = worker->fpu_cw = bp_get_fpu_cw();
    thread->fpu_sw = worker->fpu_sw = bp_get_fpu_sw();
    if (*(u64 *)(thread->stack_top - BP_STACK_VECTORS_LIVE_BELOW_TOP))
        save_vectors(worker, (void *)thread->stack_top);
}

/* Flags go first and come last: under another control word they could fault in between. */
static void restore_fpu(const struct bp_worker *worker, const struct bp_thread *thread)
{
    u32 flags = thread->fpu_sw & BP_FPU_FLAGS;
    bool differ = flags != (worker->fpu_sw & BP_FPU_FLAGS);

    if (unlikely(differ))
        bp_fpu_clear_flags();
    if (thread->fpu_cw != worker->fpu_cw)
        bp_set_fpu_cw(thread->fpu_cw);
    if (unlikely(differ && flags))
        bp_fpu_raise_flags(flags);
}

static void restore_state(struct bp_worker *worker, struct bp_thread *thread)
{
    bp_wrfsbase(thread->fs_base);
    if (thread->mxcsr != worker->mxcsr)
        bp_set_mxcsr(thread->mxcsr);
    restore_fpu(worker, thread);
    if (*(u64 *)(thread->stack_top - BP_STACK_VECTORS_LIVE_BELOW_TOP))
        bp_vector_restore((void *)thread->stack_top);
}

/* Accounts the time since the last switch to whoever ran; returns the time stamp. */
static u64 account(struct bp_worker *worker)
{
    u64 now = bp_tsc();

    if (worker->pc.thread)
        worker->pc.thread->run_tsc += now - worker->switch_tsc;
    worker->switch_tsc = now;
    return now;
}

/* Makes next the current thread and runs it; returns when the caller's context is switched in
 * again. */
static void switch_to(struct bp_worker *worker, struct bp_thread *next, u64 *save_sp)
{
    while (BP_MAY_SHARE && unlikely(READ_ONCE(next->on_cpu)))
        bp_cpu_relax(); /* its last worker is still saving it */
    worker->switched_from = worker->pc.thread;
    worker->pc.thread = next;
    worker->pc.handler_sp = next->stack_top;
    worker->pc.exit_work = next->interrupted || next->at_exit ? BP_EXIT_LOOKS : 0;
    next->on_cpu = 1;
    next->worker = worker;
    bp_stat_inc(BP_STAT_SWITCHES);
    bp_switch(save_sp, next->switch_sp);
    bp_switch_finish();
}

/* The first thing in every context that was switched in: the one before it is now completely saved.
 */
void bp_switch_finish(void)
{
    struct bp_worker *worker = bp_this_worker();
    struct bp_thread *from = worker->switched_from;

    worker->switched_from = NULL;
    if (!worker->pc.thread)
        bp_wrfsbase(worker->own_fs_base);
    if (from) {
        void (*release)(struct bp_thread *) = from->release;

        if (unlikely(release != NULL))
            release(from);
        else
            bp_store_release(&from->on_cpu, 0);
    }
    if (worker->pc.thread) {
        restore_state(worker, worker->pc.thread);
        if (unlikely(!worker->tick_armed) && bp_worker_has_pending(worker))
            bp_tick_arm(worker);
    }
}

static void switch_to_worker(struct bp_worker *worker, struct bp_thread *thread)
{
    worker->switched_from = thread;
    worker->pc.thread = NULL;
    bp_switch(&thread->switch_sp, worker->own_sp);
    bp_switch_finish();
}

/* Leaves the current thread for the next ready one, or for the worker's own context when there is
 * none or it is due. */
static void switch_away(struct bp_thread *thread)
{
    struct bp_worker *worker = bp_this_worker();
    u64 now = account(worker);
    struct bp_thread *next = NULL;

    bp_process_ring(worker);
    save_state(worker, thread);
    if (likely(now - worker->last_poll_tsc < BP_POLL_TSC) && !(BP_HAS_NIC && worker->service_due))
        next = dequeue(worker, now);
    if (unlikely(next == thread))
        return; /* woken by another worker between its park and here: it just goes on */
    if (likely(next != NULL))
        switch_to(worker, next, &thread->switch_sp);
    else
        switch_to_worker(worker, thread);
}

void bp_sched_run(struct bp_worker *worker, struct bp_thread *thread)
{
    worker->mxcsr = bp_get_mxcsr();
    worker->fpu_cw = bp_get_fpu_cw();
    worker->fpu_sw = bp_get_fpu_sw();
    worker->switch_tsc = bp_tsc();
    switch_to(worker, thread, &worker->own_sp);
}

struct bp_thread *bp_sched_next(struct bp_worker *worker)
{
    return dequeue(worker, bp_tsc());
}

/* ---- the interface ---- */

void bp_park_begin(void)
{
    WRITE_ONCE(bp_current()->state, BP_THREAD_PARKING);
    if (BP_MAY_SHARE && unlikely(bp_lock_shared))
        bp_full_fence(); /* pairs with the waker's read after it made the condition true */
}

void bp_park_cancel(void)
{
    WRITE_ONCE(bp_current()->state, BP_THREAD_RUNNING);
}

int bp_park_uninterruptible(u64 deadline)
{
    struct bp_thread *thread = bp_current();

    if (deadline != BP_NEVER) {
        thread->timed_out = false;
        bp_timer_arm(&thread->timer, deadline);
    }
    if (state_cas(thread, BP_THREAD_PARKING, BP_THREAD_PARKED))
        switch_away(thread);
    if (deadline == BP_NEVER)
        return 0;
    bp_timer_cancel(&thread->timer);
    return thread->timed_out ? -ETIMEDOUT : 0;
}

int bp_park(u64 deadline)
{
    struct bp_thread *thread = bp_current();
    int ret;

    thread->interruptible = true;
    if (BP_MAY_SHARE && unlikely(bp_lock_shared))
        bp_full_fence(); /* pairs with bp_interrupt: one of the two sees the other's store */
    if (unlikely(READ_ONCE(thread->interrupted))) {
        thread->interruptible = false;
        bp_park_cancel();
        return -EINTR;
    }
    ret = bp_park_uninterruptible(deadline);
    thread->interruptible = false;
    return unlikely(READ_ONCE(thread->interrupted)) ? -EINTR : ret;
}

void bp_unpark(struct bp_thread *thread)
{
    if (state_cas(thread, BP_THREAD_PARKED, BP_THREAD_RUNNING))
        enqueue(thread);
    else
        state_cas(thread, BP_THREAD_PARKING, BP_THREAD_RUNNING);
}

void bp_unpark_ref(bp_ref ref)
{
    struct bp_thread *thread = bp_thread_of(ref);

    if (thread)
        bp_unpark(thread);
    else if (unlikely(bp_ref_process(ref) != bp_process_self))
        bp_process_unpark(ref);
}

void bp_interrupt(struct bp_thread *thread)
{
    struct bp_worker *worker = thread->worker;

    WRITE_ONCE(thread->interrupted, true);
    bp_full_fence();
    if (READ_ONCE(thread->interruptible))
        bp_unpark(thread);
    if (worker && worker->pc.thread == thread) {
        worker->pc.exit_work |= BP_EXIT_LOOKS;
        if (worker != bp_this_worker())
            bp_worker_kick(worker);
    }
}

void bp_yield(void)
{
    struct bp_thread *thread = bp_current();
    struct bp_worker *worker = bp_this_worker();

    if (!READ_ONCE(worker->run_count) && !bp_worker_poll_due(worker))
        return;
    bp_lock(&worker->lock);
    bp_run_queue_add_yielding(&worker->run_queue, &thread->run_node);
    worker->run_count++;
    bp_unlock(&worker->lock);
    announce(worker);
    switch_away(thread);
}

/* Out of program code by the tick or a kick: everything that may be ready gets a look, then the
 * others their turn. */
void bp_preempt(void)
{
    struct bp_worker *worker = bp_this_worker();
    struct bp_thread *thread = bp_current();
    u64 now = bp_tsc();

    bp_stat_inc(BP_STAT_PREEMPTIONS);
    worker->last_poll_tsc = 0;
    bp_lock(&worker->lock);
    bp_run_queue_add_preempted(&worker->run_queue, &thread->run_node, now - worker->switch_tsc,
                               now);
    worker->run_count++;
    bp_unlock(&worker->lock);
    announce(worker);
    switch_away(thread);
}

void bp_thread_start(struct bp_thread *thread)
{
    struct bp_worker *worker = bp_this_worker();

    thread->worker = thread->worker ? thread->worker : worker;
    enqueue(thread);
}

void bp_move(void)
{
    struct bp_thread *thread = bp_current();

    if (admits(bp_this_worker(), thread))
        return;
    enqueue(thread);
    switch_away(thread);
}

void bp_thread_exit(void (*release)(struct bp_thread *thread))
{
    struct bp_thread *thread = bp_current();

    thread->release = release;
    thread->state = BP_THREAD_DEAD;
    account(bp_this_worker());
    switch_to_worker(bp_this_worker(), thread);
    bp_bug("a dead thread was scheduled", __FILE__, __LINE__);
}
