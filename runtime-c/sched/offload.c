#include "sched/offload.h"
#include "base/clock.h"
#include "base/host.h"
#include "base/host_catch.h"
#include "memory/node.h"
#include "sched/worker.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum {
    HELPERS_MAX = 32, /* for calls that end by themselves */
    HELPER_STACK = 16 << 10,
};

/* A call on its way, on the waiting thread's handler stack. */
struct call {
    struct call *next;
    struct bp_helpers *helpers;
    struct bp_work done; /* posted to the worker by the helper */
    struct bp_worker *worker;
    struct bp_thread *thread;
    long nr, args[6];
    long result;
    u32 helper;     /* host thread that makes it; 0: still queued */
    bool endless;   /* it waits for others, who may be neighbours behind it in the queue */
    bool cancelled; /* an EINTR of the host is the answer */
    bool refused;   /* there is no helper to make it: the result says why */
    bool finished;
};

/*
 * Shared with kernel threads that are no workers, so the lock is always a real one: a futex word of
 * the host (0 free, 1 held, 2 held and awaited).
 */
struct bp_helpers {
    u32 lock;
    u32 available; /* host futex: counts submissions */
    struct call *first, **last;
    u32 count, idle;
    u32 endless; /* calls of that kind, each of which may keep a helper for ever */
    bool apart;  /* no System V undo entries in common with the workers */
    bool ending; /* whoever is idle leaves */
};

static struct bp_helpers common = {.last = &common.first};

static long host_futex(u32 *word, int op, u32 value)
{
    return bp_host(SYS_futex, word, op | FUTEX_PRIVATE_FLAG, value);
}

static void lock_queue(struct bp_helpers *helpers)
{
    u32 expected = 0;

    if (__atomic_compare_exchange_n(&helpers->lock, &expected, 1, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED))
        return;
    while (__atomic_exchange_n(&helpers->lock, 2, __ATOMIC_ACQUIRE))
        host_futex(&helpers->lock, FUTEX_WAIT, 2);
}

static void unlock_queue(struct bp_helpers *helpers)
{
    if (__atomic_exchange_n(&helpers->lock, 0, __ATOMIC_RELEASE) == 2)
        host_futex(&helpers->lock, FUTEX_WAKE, 1);
}

/* Queue locked. */
static struct call *pop(struct bp_helpers *helpers)
{
    struct call *call = helpers->first;

    if (!call)
        return NULL;
    helpers->first = call->next;
    if (!helpers->first)
        helpers->last = &helpers->first;
    return call;
}

/* ---- a helper ---- */

/* At the low end of its stack. */
struct helper {
    struct bp_helpers *helpers;
};

/* made_endless: the call before was of that kind. NULL: the helper is to leave. *another: nobody is
 * left for the next call, and one is counted. */
static struct call *take_call(struct bp_helpers *helpers, u32 self, bool made_endless,
                              bool *another)
{
    struct call *call;
    u32 seen;

    for (;; made_endless = false) {
        lock_queue(helpers);
        helpers->endless -= made_endless;
        call = pop(helpers);
        if (call || helpers->ending)
            break;
        helpers->idle++;
        seen = READ_ONCE(helpers->available);
        unlock_queue(helpers);
        host_futex(&helpers->available, FUTEX_WAIT, seen);
        lock_queue(helpers);
        helpers->idle--;
        unlock_queue(helpers);
    }
    if (call)
        call->helper = self;
    *another = call && !helpers->idle && helpers->count < HELPERS_MAX + helpers->endless;
    helpers->count += *another;
    unlock_queue(helpers);
    return call;
}

static void make(struct call *call)
{
    do { /* again when the cancellation of the call before came late */
        call->result = bp_host(call->nr, call->args[0], call->args[1], call->args[2], call->args[3],
                               call->args[4], call->args[5]);
    } while (call->result == -EINTR && !READ_ONCE(call->cancelled));
    bp_worker_post(call->worker, &call->done);
}

/* One that was counted is not there, or leaves. Returns true when it was the last. */
static bool count_down(struct bp_helpers *helpers)
{
    bool last;

    lock_queue(helpers);
    last = !--helpers->count;
    unlock_queue(helpers);
    return last;
}

/* Ends the kernel thread that runs on this stack, and gives the stack back. */
BP_NORETURN static void leave(void *stack)
{
    __asm__ volatile("syscall\n\t"
                     "movl %2, %%eax\n\t"
                     "xorl %%edi, %%edi\n\t"
                     "syscall"
                     :
                     : "a"(SYS_munmap), "D"(stack), "i"(SYS_exit), "S"((u64)HELPER_STACK)
                     : "rcx", "r11", "memory");
    __builtin_unreachable();
}

static int helper_start(struct bp_helpers *helpers, u64 undo_entries);

/* A helper's whole life. It has no GS and no FS base: only what takes none may be called. */
static int helper_main(void *arg)
{
    struct bp_helpers *helpers = ((struct helper *)arg)->helpers;
    u64 signals = ~(1ULL << (BP_SIGNAL_CANCEL - 1));
    u32 self = (u32)bp_host(SYS_gettid);
    struct call *call;
    bool endless = false, another;

    bp_host(SYS_rt_sigprocmask, 0 /* SIG_BLOCK */, &signals, NULL, sizeof(signals));
    while ((call = take_call(helpers, self, endless, &another))) {
        endless = call->endless;
        if (another && helper_start(helpers, CLONE_SYSVSEM))
            count_down(helpers);
        make(call);
    }
    if (count_down(helpers))
        bp_host(SYS_munmap, helpers, sizeof(*helpers));
    leave(arg);
}

long bp_clone_kernel_thread(u64 flags, void *stack_top, int (*fn)(void *), void *arg);

/* undo_entries: CLONE_SYSVSEM when it is to have those of its creator. */
static int helper_start(struct bp_helpers *helpers, u64 undo_entries)
{
    u64 flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | undo_entries;
    long stack = bp_host(SYS_mmap, NULL, HELPER_STACK, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    long tid;

    if (bp_is_error(stack))
        return (int)stack;
    if (BP_NUMA)
        bp_node_bind((void *)stack, HELPER_STACK, bp_node_here());
    bp_host_catch(BP_SIGNAL_CANCEL, 0);
    ((struct helper *)stack)->helpers = helpers;
    tid = bp_clone_kernel_thread(flags, (char *)stack + HELPER_STACK, helper_main, (void *)stack);
    if (bp_is_error(tid))
        bp_host(SYS_munmap, stack, HELPER_STACK);
    return bp_is_error(tid) ? (int)tid : 0;
}

/* ---- calls for it ---- */

static void complete(struct bp_work *work)
{
    struct call *call = container_of(work, struct call, done);

    __atomic_fetch_sub(&call->worker->sources, 1, __ATOMIC_RELAXED);
    WRITE_ONCE(call->finished, true);
    bp_unpark(call->thread);
}

/* There is no helper: all that wait for one are told. */
static void refuse_all(struct bp_helpers *helpers, int why)
{
    struct call *call;

    lock_queue(helpers);
    helpers->count--;
    while (!helpers->count && (call = pop(helpers))) {
        helpers->endless -= call->endless;
        call->refused = true;
        call->result = why;
        bp_worker_post(call->worker, &call->done);
    }
    unlock_queue(helpers);
}

static void submit(struct call *call)
{
    struct bp_helpers *helpers = call->helpers;
    bool start;
    int ret;

    lock_queue(helpers);
    call->next = NULL;
    *helpers->last = call;
    helpers->last = &call->next;
    helpers->endless += call->endless;
    helpers->available++;
    start = !helpers->count;
    helpers->count += start;
    unlock_queue(helpers);
    if (!start) {
        host_futex(&helpers->available, FUTEX_WAKE, 1);
        return;
    }
    ret = helper_start(helpers, helpers->apart ? 0 : CLONE_SYSVSEM);
    if (ret)
        refuse_all(helpers, ret);
}

/* ---- ending a call early ---- */

static bool withdraw(struct call *call)
{
    struct bp_helpers *helpers = call->helpers;
    bool found = false;

    lock_queue(helpers);
    for (struct call **link = &helpers->first; *link && !found; link = &(*link)->next) {
        if (*link != call)
            continue;
        found = true;
        helpers->endless -= call->endless;
        *link = call->next;
        if (!call->next)
            helpers->last = link;
        break;
    }
    unlock_queue(helpers);
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

static long offload(struct bp_helpers *helpers, long nr, const long args[6], bool interruptible)
{
    struct call call = {
        .helpers = helpers,
        .done.run = complete,
        .worker = bp_this_worker(),
        .thread = bp_current(),
        .nr = nr,
        .endless = interruptible,
    };

    memcpy(call.args, args, sizeof(call.args));
    bp_stat_inc(BP_STAT_OFFLOADED);
    __atomic_fetch_add(&call.worker->sources, 1, __ATOMIC_RELAXED);
    bp_park_begin();
    submit(&call);
    if (interruptible)
        wait_or_cancel(&call);
    else
        wait_finished(&call, BP_NEVER);
    bp_park_cancel();
    if (call.refused && !helpers->apart) /* better slow than wrong */
        return bp_host(nr, args[0], args[1], args[2], args[3], args[4], args[5]);
    return call.result;
}

long bp_offload(long nr, const long args[6])
{
    return offload(&common, nr, args, false);
}

long bp_offload_interruptible(long nr, const long args[6])
{
    return offload(&common, nr, args, true);
}

void bp_offload_forked(void)
{
    common = (struct bp_helpers){.last = &common.first};
}

/* ---- helpers apart ---- */

struct bp_helpers *bp_helpers_create(void)
{
    long memory = bp_host(SYS_mmap, NULL, sizeof(struct bp_helpers), PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct bp_helpers *helpers = (struct bp_helpers *)memory;

    if (bp_is_error(memory))
        return NULL;
    helpers->last = &helpers->first;
    helpers->apart = true;
    return helpers;
}

void bp_helpers_forget(struct bp_helpers *helpers)
{
    bp_host(SYS_munmap, helpers, sizeof(*helpers));
}

void bp_helpers_end(struct bp_helpers *helpers)
{
    bool none;

    lock_queue(helpers);
    helpers->ending = true;
    helpers->available++;
    none = !helpers->count;
    if (!none) /* under the lock: who leaves frees it all */
        host_futex(&helpers->available, FUTEX_WAKE, HELPERS_MAX);
    unlock_queue(helpers);
    if (none)
        bp_helpers_forget(helpers);
}

long bp_offload_to(struct bp_helpers *helpers, long nr, const long args[6])
{
    return offload(helpers, nr, args, true);
}
