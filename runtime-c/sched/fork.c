#include "sched/fork.h"
#include "base/host.h"
#include "base/lock.h"
#include "sched/futex.h"
#include "sched/offload.h"
#include "sched/worker.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>

#define BIT_OF(n) (1ULL << ((n)-1))

/* One fork at a time: who waits for its turn gives its worker away, and can be made to stand still.
 */
static u32 forking;

/* ---- standing still ---- */

static struct bp_work stand_still_works[BP_WORKERS_MAX];
static u32 still; /* workers that stand */
static u32 go_on; /* host futex: counts forks */

static void stand_still(struct bp_work *work)
{
    u32 seen = READ_ONCE(go_on);

    (void)work;
    __atomic_fetch_add(&still, 1, __ATOMIC_ACQ_REL);
    while (READ_ONCE(go_on) == seen)
        bp_host(SYS_futex, &go_on, FUTEX_WAIT_PRIVATE, seen, NULL);
}

static void stop_others(void)
{
    still = 0;
    for (u32 i = 0; i < bp_nr_workers; i++) {
        if (bp_workers[i] == bp_this_worker())
            continue;
        stand_still_works[i].run = stand_still;
        bp_worker_post(bp_workers[i], &stand_still_works[i]);
        bp_worker_kick(bp_workers[i]);
    }
    while (READ_ONCE(still) + 1 < bp_nr_workers)
        bp_host(SYS_sched_yield);
}

static void let_others_go_on(void)
{
    __atomic_fetch_add(&go_on, 1, __ATOMIC_RELEASE);
    bp_host(SYS_futex, &go_on, FUTEX_WAKE_PRIVATE, BP_WORKERS_MAX);
}

/* ---- the fork ---- */

static void take_turn(void)
{
    u32 free = 0;

    while (!__atomic_compare_exchange_n(&forking, &free, 1, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED)) {
        free = 0;
        bp_preempt();
    }
}

static void meet_siblings(struct bp_work *work)
{
    (void)work;
    bp_worker_meet_siblings(bp_this_worker());
}

/* From the first fork on, locks are real and others may wake our threads. */
static int begin_to_share(void)
{
    static struct bp_work meet = {.run = meet_siblings};
    int ret;

    if (bp_workers[0]->siblings)
        return 0;
    ret = bp_process_share();
    if (ret)
        return ret;
    bp_lock_shared = true;
    if (bp_this_worker() == bp_workers[0])
        return bp_worker_meet_siblings(bp_workers[0]);
    bp_worker_post(bp_workers[0], &meet);
    return 0;
}

int bp_fork_begin(void)
{
    int ret;

    take_turn();
    ret = begin_to_share();
    if (ret)
        bp_store_release(&forking, 0);
    else
        stop_others();
    return ret;
}

void bp_fork_end(void)
{
    let_others_go_on();
    bp_store_release(&forking, 0);
}

/*
 * What is sent to the child before it has handlers of its own waits until it has. Faults are not
 * among it: a blocked one would end the process.
 */
static const u64 held_back = ~(BIT_OF(SIGSEGV) | BIT_OF(SIGBUS) | BIT_OF(SIGILL) | BIT_OF(SIGFPE) |
                               BIT_OF(SIGTRAP) | BIT_OF(SIGSYS));

/*
 * The pid is in its word as soon as there is a child, also when that or its parent is killed before
 * it can say so: who buries the parent knows by it whether it has forked. Where clone3 is not
 * allowed, the child's first instructions are too late for that. Its end is told by the descriptor,
 * without a signal that would wake a further thread; stops still come with SIGCHLD.
 */
static long clone_process(u32 *pid_word, int *pidfd)
{
    struct clone_args args = {
        .flags = CLONE_PIDFD | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID,
        .pidfd = (u64)pidfd,
        .parent_tid = (u64)pid_word,
        .child_tid = (u64)pid_word,
    };
    long pid = bp_host(SYS_clone3, &args, sizeof(args));

    if (pid != -ENOSYS && pid != -EPERM)
        return pid;
    return bp_host(SYS_clone, SIGCHLD | CLONE_PIDFD | CLONE_CHILD_SETTID, 0, pidfd, pid_word, 0);
}

long bp_fork_clone(u32 place, int *pidfd)
{
    u64 before;
    long pid;

    bp_host(SYS_rt_sigprocmask, SIG_SETMASK, &held_back, &before, sizeof(before));
    pid = clone_process(bp_process_pid_word(place), pidfd);

    if (pid > 0) {
        bp_process_set_pid(place, (u32)pid);
    } else if (!pid) {
        forking = 0;
        bp_process_become(place);
        return 0;
    }
    bp_host(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof(before));
    return pid;
}

int bp_fork_child(void)
{
    int ret;

    bp_threads_forget_others();
    bp_futex_forked();
    bp_offload_forked();
    ret = bp_worker_forked();
    bp_current()->worker = bp_this_worker();
    bp_list_init(&bp_current()->run_node);
    return ret;
}
