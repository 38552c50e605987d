/* The workers' kernel threads: their own context, idle sleep, doorbell, posted work and tick. */
#include "sched/worker.h"
#include "base/host.h"
#include "base/log.h"
#include "memory/node.h"
#include "sched/affinity.h"
#include "sched/hostfd.h"
#include "sched/process.h"
#include "sched/vector.h"

#include <errno.h>
#include <linux/sched.h>
#include <linux/time_types.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>

/* Away for so long, a worker has company on its core; for how long it then reckons with that. */
#define ABSENCE_NS (2 * BP_NSEC_PER_MSEC)
#define CONTENDED_NS (50 * BP_NSEC_PER_MSEC)
/* How long it sleeps between looks then. */
#define NAP_NS (50 * BP_NSEC_PER_USEC)

struct bp_worker *bp_workers[BP_WORKERS_MAX];
u32 bp_nr_workers;

/* What a worker sleeps on. */
static int open_sources(struct bp_worker *worker)
{
    struct epoll_event event = {.events = EPOLLIN};

    worker->epoll_fd = (int)bp_host(SYS_epoll_create1, EPOLL_CLOEXEC);
    worker->doorbell_fd = (int)bp_host(SYS_eventfd2, 0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (worker->epoll_fd < 0 || worker->doorbell_fd < 0)
        return worker->epoll_fd < 0 ? worker->epoll_fd : worker->doorbell_fd;
    return (int)bp_host(SYS_epoll_ctl, worker->epoll_fd, EPOLL_CTL_ADD, worker->doorbell_fd,
                        &event);
}

static int worker_create(u32 cpu, int core)
{
    u32 node = bp_node_of_worker(cpu);
    struct bp_worker *worker = bp_node_map("workers", sizeof(*worker), node);

    if (!worker)
        return -ENOMEM;
    worker->pc.self = &worker->pc;
    worker->pc.cpu = cpu;
    worker->pc.node = node;
    worker->pc.stats = bp_stats_worker_row(cpu);
    worker->core = core;
    worker->spinning = 1; /* until it runs: it looks for itself, and has no tick yet */
    bp_run_queue_init(&worker->run_queue);
    bp_wheel_init(&worker->wheel, bp_now());
    bp_workers[cpu] = worker;
    return open_sources(worker);
}

int bp_workers_init(const int *cores, u32 count)
{
    int ret = bp_vector_init();

    for (u32 i = 0; !ret && i < count; i++)
        ret = worker_create(i, cores[i]);
    bp_nr_workers = count;
    bp_lock_shared = BP_MAY_SHARE && count > 1;
    return ret;
}

/* ---- waking a worker from outside ---- */

void bp_worker_wake(struct bp_worker *worker)
{
    u64 one = 1;

    bp_full_fence(); /* what was published before, then the look at what the worker does; pairs with
                        idle_sleep and bp_tick_stop */
    if (READ_ONCE(worker->sleeping))
        bp_host(SYS_write, worker->doorbell_fd, &one, sizeof(one));
    else if (!READ_ONCE(worker->tick_armed) && !READ_ONCE(worker->spinning))
        bp_tick_arm(worker); /* it runs a program that may never call */
}

void bp_worker_post(struct bp_worker *worker, struct bp_work *work)
{
    work->next = READ_ONCE(worker->posted);
    while (!__atomic_compare_exchange_n(&worker->posted, &work->next, work, true, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED))
        ;
    bp_worker_wake(worker);
}

void bp_worker_kick(struct bp_worker *worker)
{
    bp_host(SYS_tgkill, bp_host(SYS_getpid), worker->host_tid, BP_SIGNAL_KICK);
}

static void run_posted(struct bp_worker *worker)
{
    struct bp_work *newest = __atomic_exchange_n(&worker->posted, NULL, __ATOMIC_ACQUIRE);
    struct bp_work *oldest = NULL;

    while (newest) {
        struct bp_work *next = newest->next;

        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    while (oldest) {
        struct bp_work *next = oldest->next;

        oldest->run(oldest);
        oldest = next;
    }
}

/* ---- the tick ---- */

static void set_tick(struct bp_worker *worker, u64 usec)
{
    struct __kernel_itimerspec spec = {0};

    spec.it_interval.tv_sec = spec.it_value.tv_sec = (long)(usec / 1000000);
    spec.it_interval.tv_nsec = spec.it_value.tv_nsec = (long)(usec % 1000000 * 1000);
    WRITE_ONCE(worker->tick_armed, usec != 0);
    bp_host(SYS_timer_settime, worker->timer_id, 0, &spec, NULL);
}

BP_COLD void bp_tick_arm(struct bp_worker *worker)
{
    set_tick(worker, BP_TICK_USEC);
}

void bp_tick_stop(struct bp_worker *worker)
{
    set_tick(worker, 0);
    bp_full_fence(); /* pairs with bp_worker_wake: who saw the tick armed has published before */
    if (worker->pc.thread && bp_worker_poll_due(worker))
        bp_tick_arm(worker);
}

/* Somebody has waited for a whole tick: an idle worker may take it. */
static void wake_one_idle(void)
{
    for (u32 i = 0; i < bp_nr_workers; i++) {
        if (READ_ONCE(bp_workers[i]->sleeping)) {
            bp_worker_wake(bp_workers[i]);
            return;
        }
    }
}

bool bp_tick_handle(struct bp_worker *worker)
{
    if (!worker->pc.thread || (!bp_worker_has_pending(worker) && !READ_ONCE(worker->posted))) {
        bp_tick_stop(worker);
        return worker->pc.thread && worker->pc.thread->interrupted;
    }
    if (worker->run_count)
        wake_one_idle();
    return true;
}

static int tick_create(struct bp_worker *worker)
{
    struct sigevent event = {0};

    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = BP_SIGNAL_TICK;
    event._sigev_un._tid = (int)worker->host_tid;
    return (int)bp_host(SYS_timer_create, CLOCK_MONOTONIC, &event, &worker->timer_id);
}

/* ---- the worker's own context ---- */

static void poll_timers(struct bp_worker *worker)
{
    struct bp_timer *timer;

    if (!bp_wheel_pending(&worker->wheel))
        return;
    bp_lock(&worker->lock);
    bp_wheel_advance(&worker->wheel, bp_now());
    while ((timer = bp_wheel_pop(&worker->wheel))) {
        bp_unlock(&worker->lock);
        timer->fire(timer);
        bp_lock(&worker->lock);
    }
    bp_unlock(&worker->lock);
}

static void dispatch(struct bp_worker *worker, const struct epoll_event *events, long count)
{
    for (long i = 0; i < count; i++) {
        struct bp_hostfd *source = events[i].data.ptr;
        u64 drained;

        if ((void *)source == (void *)worker)
            continue; /* the process's doorbell, or a service's: both are looked at anyway */
        if (source)
            bp_hostfd_dispatch(source, events[i].events);
        else
            bp_host(SYS_read, worker->doorbell_fd, &drained, sizeof(drained));
    }
}

enum {
    EVENTS_AT_ONCE = 64
};

/* There are so many turns that not each is worth a call to the host; who has nothing to do looks as
 * he goes to sleep. */
static bool host_due(struct bp_worker *worker)
{
    u64 now;

    if (!worker->sources)
        return false;
    now = bp_tsc();
    if (now - worker->last_host_tsc < BP_POLL_TSC)
        return false;
    worker->last_host_tsc = now;
    return true;
}

static void poll_host(struct bp_worker *worker)
{
    struct epoll_event events[EVENTS_AT_ONCE];

    if (host_due(worker))
        dispatch(worker, events,
                 bp_host(SYS_epoll_pwait, worker->epoll_fd, events, EVENTS_AT_ONCE, 0, NULL));
}

/* ---- the service ---- */

void bp_worker_serves(struct bp_worker *worker, struct bp_service *service)
{
    worker->service = service;
}

int bp_worker_sleeps_on(int fd)
{
    struct bp_worker *worker = bp_this_worker();
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = worker};

    return (int)bp_host(SYS_epoll_ctl, worker->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static bool serve(struct bp_worker *worker)
{
    if (!BP_HAS_NIC || !worker->service)
        return false;
    worker->service_due = false;
    return worker->service->serve(worker->service);
}

/* ---- idle ---- */

/* Until something happens or a time comes. Returns how many events there are. */
static long sleep_until(struct bp_worker *worker, struct epoll_event *events, u64 end)
{
    struct __kernel_timespec timeout, *limit = NULL;

    if (end != BP_NEVER) {
        u64 now = bp_now(), wait = end > now ? end - now : 0;

        timeout.tv_sec = (long)(wait / BP_NSEC_PER_SEC);
        timeout.tv_nsec = (long)(wait % BP_NSEC_PER_SEC);
        limit = &timeout;
    }
    return bp_host(SYS_epoll_pwait2, worker->epoll_fd, events, EVENTS_AT_ONCE, limit, NULL, 8);
}

/*
 * A service that cannot be woken looks all the time. On a core that is somebody else's, too, that
 * uses up the worker's share, and it is away for all of the others' when a packet comes; who sleeps
 * goes before them when it wakes.
 */
static u64 nap(const struct bp_worker *worker)
{
    u64 now = worker->contended_until ? bp_now() : 0;

    return now < worker->contended_until ? now + NAP_NS : 0;
}

/* How long a service lets its worker sleep; not at all when its last look has woken somebody. */
static u64 rest(struct bp_worker *worker)
{
    u64 end = worker->service->rest(worker->service);

    bp_process_ring(worker);
    if (READ_ONCE(worker->run_count))
        return 0;
    return end ? end : nap(worker);
}

static void idle_sleep(struct bp_worker *worker)
{
    struct bp_service *service = BP_HAS_NIC ? worker->service : NULL;
    struct epoll_event events[EVENTS_AT_ONCE];
    u64 service_end = BP_NEVER;

    WRITE_ONCE(worker->sleeping, 1);
    if (worker->siblings)
        bp_process_set_sleeping(true);
    bp_full_fence(); /* sleeping is seen before we look for the last time; pairs with bp_worker_wake
                      */
    if (!READ_ONCE(worker->posted) && !READ_ONCE(worker->run_count) &&
        !(worker->siblings && bp_process_has_wakes())) {
        if (service)
            service_end = rest(worker);
        if (service_end) {
            u64 end = BP_MIN(bp_wheel_next(&worker->wheel), service_end);

            dispatch(worker, events, sleep_until(worker, events, end));
            worker->last_host_tsc = bp_tsc();
            bp_stat_inc(BP_STAT_SLEEPS);
        }
        if (service)
            service->rise(service);
    }
    WRITE_ONCE(worker->sleeping, 0);
    if (worker->siblings)
        bp_process_set_sleeping(false);
}

/* Somebody else wants the core: between two turns of a spin that found nothing, it was taken away.
 */
static void note_absence(struct bp_worker *worker, u64 before, u64 now)
{
    if (now - before >= ABSENCE_NS)
        worker->contended_until = now + CONTENDED_NS;
}

/* Spins for new work as long as the policy allows; true when something turned up. */
static bool idle_spin(struct bp_worker *worker)
{
    u64 spin = BP_IDLE_SPIN_USEC * BP_NSEC_PER_USEC, until, now, before;
    bool found = false;

    if (BP_HAS_NIC && worker->service)
        spin = BP_MAX(spin, worker->service->spin);
    if (!spin)
        return false;
    now = bp_now();
    until = now + spin;
    WRITE_ONCE(worker->spinning, 1);
    do {
        poll_timers(worker);
        poll_host(worker);
        bp_process_ring(worker);
        if (serve(worker) || READ_ONCE(worker->run_count) || READ_ONCE(worker->posted) ||
            (worker->siblings && bp_process_has_wakes())) {
            found = true;
            break;
        }
        bp_cpu_relax();
        before = now;
        now = bp_now();
        note_absence(worker, before, now);
    } while (now < until);
    WRITE_ONCE(worker->spinning, 0);
    return found;
}

static void run_once(struct bp_worker *worker)
{
    struct bp_thread *next;
    bool served;

    run_posted(worker);
    if (worker->siblings)
        bp_process_take_wakes();
    poll_timers(worker);
    poll_host(worker);
    served = serve(worker);
    worker->last_poll_tsc = bp_tsc();
    bp_process_ring(worker);
    next = bp_sched_next(worker);
    if (!next && bp_nr_workers > 1)
        next = bp_sched_steal(worker);
    if (next)
        bp_sched_run(worker, next);
    else if (!served && !idle_spin(worker))
        idle_sleep(worker);
}

static void pin(const struct bp_worker *worker)
{
    u64 mask[16] = {0};

    if (worker->core < 0)
        return;
    mask[worker->core / 64] = 1ULL << worker->core % 64;
    if (bp_is_error(bp_host(SYS_sched_setaffinity, 0, sizeof(mask), mask)))
        bp_fatal(BP_EXIT_ENVIRONMENT,
                 "core %d is not usable here; choose one that `nproc` or the cpuset allows",
                 worker->core);
}

void bp_worker_run(struct bp_worker *worker, void (*ready)(struct bp_worker *worker))
{
    worker->host_tid = (u32)bp_host(SYS_gettid);
    worker->own_fs_base = bp_rdfsbase();
    bp_wrgsbase((u64)worker);
    pin(worker);
    if (tick_create(worker))
        bp_fatal(BP_EXIT_ENVIRONMENT,
                 "timer_create was refused; the preemption tick needs one timer");
    ready(worker);
    WRITE_ONCE(worker->spinning, 0);
    for (;;)
        run_once(worker);
}

/* ---- fork ---- */

int bp_worker_meet_siblings(struct bp_worker *worker)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = worker};

    if (worker->siblings)
        return 0;
    worker->siblings = true;
    return (int)bp_host(SYS_epoll_ctl, worker->epoll_fd, EPOLL_CTL_ADD, bp_process_doorbell(),
                        &event);
}

int bp_worker_forked(void)
{
    struct bp_worker *self = bp_this_worker();
    int ret;

    bp_affinity_forked(self);
    bp_nr_workers = 1;
    bp_workers[0] = self;
    self->pc.cpu = 0;
    self->pc.stats = bp_stats_uncounted();
    bp_run_queue_init(&self->run_queue);
    self->run_count = 0;
    self->lock = (struct bp_lock){0};
    self->switched_from = NULL;
    self->tick_armed = false;
    self->siblings = false;
    self->bells = 0;      /* the parent rings them */
    self->service = NULL; /* the NICs stay with the parent */
    self->service_due = false;
    self->sources = 0;
    self->posted = NULL;
    self->sleeping = self->spinning = 0;
    self->host_tid = (u32)bp_host(SYS_gettid);
    bp_wheel_init(&self->wheel, bp_now());
    ret = open_sources(self);
    if (!ret)
        ret = tick_create(self);
    return ret ? ret : bp_worker_meet_siblings(self);
}
