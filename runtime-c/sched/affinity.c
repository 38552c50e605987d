#include "sched/affinity.h"
#include "base/host.h"
#include "base/lock.h"
#include "sched/sched.h"
#include "sched/worker.h"

#include <errno.h>
#include <sys/syscall.h>

bool bp_affinity_used;

/* Masks are told apart by a number, thread.confined; 0 is that of all who set none. */
static u32 last_number;
static struct bp_cpus host_default; /* number 0 of a worker on no core */
static struct bp_lock lock;         /* the masks of threads */

static bool has(const struct bp_cpus *cpus, int core)
{
    return cpus->words[core / 64] >> core % 64 & 1;
}

static void add(struct bp_cpus *cpus, int core)
{
    cpus->words[core / 64] |= 1ULL << core % 64;
}

/* No worker is on a core: there is one, and it is the host's to move. */
static bool floats(void)
{
    return bp_workers[0]->core < 0;
}

static long host_set(const struct bp_cpus *cpus)
{
    return bp_host(SYS_sched_setaffinity, 0, sizeof(*cpus), cpus);
}

static void host_get(struct bp_cpus *cpus)
{
    *cpus = (struct bp_cpus){0};
    bp_host(SYS_sched_getaffinity, 0, sizeof(*cpus), cpus);
}

static void worker_cores(struct bp_cpus *cpus)
{
    *cpus = (struct bp_cpus){0};
    for (u32 i = 0; i < bp_nr_workers; i++)
        add(cpus, bp_workers[i]->core);
}

/* ---- for the scheduler ---- */

bool bp_affinity_place(struct bp_worker *worker, const struct bp_thread *thread)
{
    bool admitted = true;

    bp_lock(&lock);
    if (worker->core < 0) {
        host_set(thread->confined ? &thread->cpus : &host_default);
        worker->confined = thread->confined;
    } else {
        admitted = has(&thread->cpus, worker->core);
    }
    bp_unlock(&lock);
    return admitted;
}

struct bp_worker *bp_affinity_worker(const struct bp_thread *thread)
{
    struct bp_worker *best = NULL;

    if (floats())
        return thread->worker;
    bp_lock(&lock);
    for (u32 i = 0; i < bp_nr_workers; i++) {
        struct bp_worker *worker = bp_workers[i];

        if (!has(&thread->cpus, worker->core))
            continue;
        if (worker == thread->worker) {
            best = worker;
            break;
        }
        if (!best || READ_ONCE(worker->run_count) < READ_ONCE(best->run_count))
            best = worker;
    }
    bp_unlock(&lock);
    return best;
}

/* ---- the masks ---- */

static void confine(struct bp_thread *thread, const struct bp_cpus *cpus)
{
    bp_affinity_used = true;
    bp_lock(&lock);
    thread->cpus = *cpus;
    last_number += last_number == UINT32_MAX ? 2 : 1;
    WRITE_ONCE(thread->confined, last_number);
    bp_unlock(&lock);
}

/* The host tells what of the mask there is, by setting it for the calling worker. */
static long set_floating(struct bp_thread *thread, const struct bp_cpus *wanted)
{
    struct bp_cpus cpus;
    long ret;

    if (!bp_this_worker()->confined)
        host_get(&host_default);
    ret = host_set(wanted);
    if (ret)
        return ret;
    host_get(&cpus);
    confine(thread, &cpus);
    bp_this_worker()->confined = thread->confined;
    return 0;
}

static long set_pinned(struct bp_thread *thread, const struct bp_cpus *wanted)
{
    struct bp_cpus cpus;
    u64 any = 0;

    worker_cores(&cpus);
    for (u32 i = 0; i < ARRAY_SIZE(cpus.words); i++)
        any |= cpus.words[i] &= wanted->words[i];
    if (!any)
        return -EINVAL;
    confine(thread, &cpus);
    return 0;
}

long bp_affinity_set(struct bp_thread *thread, const struct bp_cpus *wanted)
{
    long ret = floats() ? set_floating(thread, wanted) : set_pinned(thread, wanted);
    struct bp_worker *worker = thread->worker;

    if (ret)
        return ret;
    if (worker && worker != bp_this_worker() && READ_ONCE(worker->pc.thread) == thread)
        bp_worker_kick(worker);
    bp_move();
    return 0;
}

void bp_affinity_get(const struct bp_thread *thread, struct bp_cpus *cpus)
{
    bool is_hosts = floats() && thread->confined == bp_this_worker()->confined;

    if (is_hosts) {
        host_get(cpus);
        return;
    }
    bp_lock(&lock);
    if (thread->confined)
        *cpus = thread->cpus;
    else if (floats())
        *cpus = host_default;
    else
        worker_cores(cpus);
    bp_unlock(&lock);
}

void bp_affinity_inherit(struct bp_thread *child, const struct bp_thread *creator)
{
    if (likely(!creator->confined))
        return;
    bp_lock(&lock);
    child->cpus = creator->cpus;
    child->confined = creator->confined;
    bp_unlock(&lock);
}

void bp_affinity_forked(struct bp_worker *self)
{
    lock = (struct bp_lock){0};
    if (self->core < 0)
        return;
    worker_cores(&host_default);
    self->core = -1;
    self->confined = bp_current()->confined;
}

void bp_affinity_free(u32 pid)
{
    struct bp_cpus cpus;

    if (floats())
        return;
    bp_affinity_get(bp_current(), &cpus);
    bp_host(SYS_sched_setaffinity, pid, sizeof(cpus), &cpus);
}
