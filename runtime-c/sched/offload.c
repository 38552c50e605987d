#include "sched/offload.h"
#include "base/clock.h"
#include "base/host.h"
#include "base/host_catch.h"
#include "sched/worker.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum {
    HELPERS_MAX = 32,
    HELPER_STACK = 16 << 10,
};

/* A call on its way, on the waiting thread's handler stack. */
struct call {
    struct call *next;
    struct bp_work done; /* posted to the worker by the helper */
    struct bp_worker *worker;
    struct bp_thread *thread;
    long nr, args[6];
    long result;
    u32 helper;     /* host thread that makes it; 0: still queued */
    bool cancelled; /* an EINTR of the host is the answer */
    bool finished;
};

/*
 * The queue is shared with kernel threads that are no workers, so its lock is always a real one: a
 * futex word of the host (0 free, 1 held, 2 held and awaited).
 */
static struct {
    u32 lock;
    u32 available; /* host futex: counts submissions */
    struct call *first, **last;
    u32 queued; /* calls that no helper has taken */
    u32 helpers, idle;
} queue = {.last = &queue.first};

static long host_futex(u32 *word, int op, u32 value)
{
    return bp_host(SYS_futex, word, op | FUTEX_PRIVATE_FLAG, value);
}

static void lock_queue(void)
{
    u32 expected = 0;

    if (__atomic_compare_exchange_n(&queue.lock, &expected, 1, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED))
        return;
    while (__atomic_exchange_n(&queue.lock, 2, __ATOMIC_ACQUIRE))
        host_futex(&queue.lock, FUTEX_WAIT, 2);
}

static void unlock_queue(void)
{
    if (__atomic_exchange_n(&queue.lock, 0, __ATOMIC_RELEASE) == 2)
        host_futex(&queue.lock, FUTEX_WAKE, 1);
}

static struct call *take_call(u32 helper)
{
    struct call *call;
    u32 seen;

    for (;;) {
        lock_queue();
        call = queue.first;
        if (call) {
            queue.first = call->next;
            if (!queue.first)
                queue.last = &queue.first;
            queue.queued--;
            call->helper = helper;
            unlock_queue();
            return call;
        }
        queue.idle++;
        seen = READ_ONCE(queue.available);
        unlock_queue();
        host_futex(&queue.available, FUTEX_WAIT, seen);
        lock_queue();
        queue.idle--;
        unlock_queue();
    }
}

/* A helper's whole life. It has no GS and no FS base: only what takes none may be called. */
static int helper_main(void *unused)
{
    u64 signals = ~(1ULL << (BP_SIGNAL_CANCEL - 1));
    u32 self = (u32)bp_host(SYS_gettid);

    (void)unused;
    bp_host(SYS_rt_sigprocmask, 0 /* SIG_BLOCK */, &signals, NULL, sizeof(signals));
    for (;;) {
        struct call *call = take_call(self);

        do { /* again when the cancellation of the call before came late */
            call->result = bp_host(call->nr, call->args[0], call->args[1], call->args[2],
                                   call->args[3], call->args[4], call->args[5]);
        } while (call->result == -EINTR && !READ_ONCE(call->cancelled));
        bp_worker_post(call->worker, &call->done);
    }
    return 0;
}

long bp_clone_kernel_thread(u64 flags, void *stack_top, int (*fn)(void *), void *arg);

static int helper_start(void)
{
    u64 flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
    long stack = bp_host(SYS_mmap, NULL, HELPER_STACK, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    long tid;

    if (bp_is_error(stack))
        return (int)stack;
    bp_host_catch(BP_SIGNAL_CANCEL, 0);
    tid = bp_clone_kernel_thread(flags, (char *)stack + HELPER_STACK, helper_main, NULL);
    if (bp_is_error(tid))
        bp_host(SYS_munmap, stack, HELPER_STACK);
    return bp_is_error(tid) ? (int)tid : 0;
}

static void complete(struct bp_work *work)
{
    struct call *call = container_of(work, struct call, done);

    __atomic_fetch_sub(&call->worker->sources, 1, __ATOMIC_RELAXED);
    WRITE_ONCE(call->finished, true);
    bp_unpark(call->thread);
}

static int submit(struct call *call)
{
    bool start;
    int ret = 0;

    lock_queue();
    start = ++queue.queued > queue.idle && queue.helpers < HELPERS_MAX;
    if (start)
        queue.helpers++;
    unlock_queue();
    if (start) {
        ret = helper_start();
        if (ret) {
            lock_queue();
            queue.helpers--;
            if (!queue.helpers)
                queue.queued--;
            unlock_queue();
            if (!queue.helpers)
                return ret;
        }
    }
    lock_queue();
    call->next = NULL;
    *queue.last = call;
    queue.last = &call->next;
    queue.available++;
    unlock_queue();
    host_futex(&queue.available, FUTEX_WAKE, 1);
    return 0;
}

/* ---- ending a call early ---- */

static bool withdraw(struct call *call)
{
    bool found = false;

    lock_queue();
    for (struct call **link = &queue.first; *link && !found; link = &(*link)->next) {
        if (*link != call)
            continue;
        found = true;
        queue.queued--;
        *link = call->next;
        if (!call->next)
            queue.last = link;
        break;
    }
    unlock_queue();
    return found;
}

/* Waits until the call is finished or the deadline. */
static void wait_finished(struct call *call, u64 deadline)
{
    int ret;

    do {
        ret = bp_park_uninterruptible(deadline);
        bp_park_begin(); /* before the look: a wake-up in between is not lost */
    } while (!READ_ONCE(call->finished) && ret != -ETIMEDOUT);
}

/*
 * Until the host has seen it: a signal that came just before the helper entered the kernel ended
 * nothing, so it is sent again.
 */
static void cancel(struct call *call)
{
    WRITE_ONCE(call->cancelled, true);
    if (withdraw(call)) {
        __atomic_fetch_sub(&call->worker->sources, 1, __ATOMIC_RELAXED);
        call->result = -EINTR;
        return;
    }
    while (!READ_ONCE(call->finished)) {
        bp_host(SYS_tgkill, bp_host(SYS_getpid), READ_ONCE(call->helper), BP_SIGNAL_CANCEL);
        wait_finished(call, bp_now() + BP_NSEC_PER_MSEC);
    }
}

static void wait_or_cancel(struct call *call)
{
    while (!READ_ONCE(call->finished)) {
        if (bp_park(BP_NEVER) == -EINTR) {
            bp_park_begin();
            cancel(call);
            return;
        }
        bp_park_begin();
    }
}

static long offload(long nr, const long args[6], bool interruptible)
{
    struct call call = {
        .done.run = complete,
        .worker = bp_this_worker(),
        .thread = bp_current(),
        .nr = nr,
    };
    int ret;

    memcpy(call.args, args, sizeof(call.args));
    bp_stat_inc(BP_STAT_OFFLOADED);
    __atomic_fetch_add(&call.worker->sources, 1, __ATOMIC_RELAXED);
    bp_park_begin();
    ret = submit(&call);
    if (ret) { /* no helper can be had: better slow than wrong */
        bp_park_cancel();
        __atomic_fetch_sub(&call.worker->sources, 1, __ATOMIC_RELAXED);
        return bp_host(nr, args[0], args[1], args[2], args[3], args[4], args[5]);
    }
    if (interruptible)
        wait_or_cancel(&call);
    else
        wait_finished(&call, BP_NEVER);
    bp_park_cancel();
    return call.result;
}

long bp_offload(long nr, const long args[6])
{
    return offload(nr, args, false);
}

long bp_offload_interruptible(long nr, const long args[6])
{
    return offload(nr, args, true);
}

void bp_offload_forked(void)
{
    memset(&queue, 0, sizeof(queue));
    queue.last = &queue.first;
}
