// sources: runtime-c/base/*.c runtime-c/base/*.S runtime-c/memory/*.c runtime-c/sched/*.c runtime-c/sched/*.S runtime-c/linux/sigqueue.c runtime-c/linux/sigsend.c runtime-c/linux/sigmask.c runtime-c/linux/sigtimer.c runtime-c/linux/usage.c runtime-c/linux/restart.c runtime-c/linux/task.c runtime-c/linux/robust.c runtime-c/linux/futex_pi.c
/*
 * Virtual signals up to the point of delivery: queues, choice of the thread, what happens at once,
 * masks, restarts.
 */
#include "check.h"
#include "linux/restart.h"
#include "linux/signal.h"
#include "linux/sigqueue.h"
#include "linux/sigset.h"
#include "linux/trace.h"
#include "sched/worker.h"
#include "socket/signalfd.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

/*
 * A worker that runs nothing, so that "the current thread" can be said; and a process of three
 * threads.
 */
static struct bp_worker worker;
static struct bp_proc proc;
static struct bp_task tasks[3];
static u64 stats[16];

/* Stands in for the socket floor. */
static u64 announced;

void bp_signalfd_announce(u64 signal_bit)
{
    announced |= signal_bit;
}

/* Nothing is traced here. */
void bp_trace_end(const char *program, u32 tid, int status)
{
    (void)program, (void)tid, (void)status;
}

static void reset(void)
{
    announced = 0;
    memset(&proc, 0, sizeof(proc));
    bp_list_init(&proc.tasks);
    proc.pid = 100;
    proc.name = "test";
    proc.sigbudget.limit = 100;
    for (u32 i = 0; i < ARRAY_SIZE(tasks); i++) {
        memset(&tasks[i], 0, sizeof(tasks[i]));
        tasks[i].proc = &proc;
        tasks[i].tid = 100 + i;
        tasks[i].thread.app_stats = stats;
        bp_list_add_tail(&proc.tasks, &tasks[i].node);
    }
    proc.task_count = ARRAY_SIZE(tasks);
    worker.pc.thread = &tasks[0].thread;
}

static siginfo_t info_of(int code, int value)
{
    siginfo_t info = {.si_code = code, .si_pid = 7};

    info.si_value.sival_int = value;
    return info;
}

/* ---- queues ---- */

static void test_queue(void)
{
    struct bp_sigbudget budget = {.limit = 10};
    struct bp_sigqueue queue = {0};
    siginfo_t got, one = info_of(SI_QUEUE, 1), two = info_of(SI_QUEUE, 2);

    bp_sigqueue_add(&queue, &budget, 40, &one);
    bp_sigqueue_add(&queue, &budget, 41, &one);
    bp_sigqueue_add(&queue, &budget, 40, &two);
    check(budget.used == 3, "real-time signals queue");
    bp_sigqueue_take(&queue, 40, &got);
    check(got.si_value.sival_int == 1 && queue.pending & BP_SIGBIT(40),
          "oldest first, still pending");
    bp_sigqueue_take(&queue, 40, &got);
    check(got.si_value.sival_int == 2 && !(queue.pending & BP_SIGBIT(40)),
          "then the next, and no more");
    bp_sigqueue_add(&queue, &budget, 42, &two);
    bp_sigqueue_discard(&queue, BP_SIGBIT(41));
    check(queue.pending == BP_SIGBIT(42) && budget.used == 1 && queue.first == queue.last,
          "others stay when some are dropped");
    bp_sigqueue_discard(&queue, ~0ULL);
    check(!queue.pending && !budget.used && !queue.first, "all dropped");
}

static void test_queue_limit(void)
{
    struct bp_sigbudget budget = {.limit = 2};
    struct bp_sigqueue queue = {0}, other = {0};
    siginfo_t got, queued = info_of(SI_QUEUE, 1), killed = info_of(SI_USER, 0);

    bp_sigqueue_add(&queue, &budget, 50, &queued);
    bp_sigqueue_add(&other, &budget, 50, &queued);
    check(bp_sigqueue_add(&queue, &budget, 50, &queued) == -EAGAIN,
          "RLIMIT_SIGPENDING bounds all queues of a process together");
    check(!bp_sigqueue_add(&queue, &budget, 51, &killed) && queue.pending & BP_SIGBIT(51),
          "kill(2) gets through without siginfo");
    bp_sigqueue_take(&queue, 51, &got);
    check(got.si_signo == 51 && got.si_code == SI_USER && !got.si_pid, "which reads as empty then");
    bp_sigqueue_add(&queue, &budget, SIGUSR1, &killed);
    bp_sigqueue_take(&queue, SIGUSR1, &got);
    check(got.si_pid == 7, "that of a standard signal is kept");
    bp_sigqueue_discard(&queue, ~0ULL);
    check(budget.used == 1 && !bp_sigqueue_add(&queue, &budget, 50, &queued), "room again");
    bp_sigqueue_discard(&queue, ~0ULL);
    bp_sigqueue_discard(&other, ~0ULL);
    check(!budget.used, "all given back");
}

static void test_order(void)
{
    check(bp_sigset_first(BP_SIGBIT(SIGHUP) | BP_SIGBIT(SIGSEGV)) == SIGSEGV, "faults come first");
    check(bp_sigset_first(BP_SIGBIT(64) | BP_SIGBIT(SIGTERM)) == SIGTERM, "then the lowest number");
}

/* ---- who gets it ---- */

static int interrupted_one(void)
{
    int found = -1;

    for (int i = 0; i < (int)ARRAY_SIZE(tasks); i++) {
        if (tasks[i].thread.interrupted)
            found = found < 0 ? i : 99;
    }
    return found;
}

static void handle(int signal, u64 handler)
{
    proc.sigactions.action[signal - 1].handler = handler;
}

static void test_choice(void)
{
    reset();
    handle(SIGUSR1, 0x1000);
    bp_signal_proc(&proc, SIGUSR1, NULL);
    check(interrupted_one() == 0 && proc.sigqueue.pending == BP_SIGBIT(SIGUSR1),
          "the main thread gets it");
    bp_signal_proc(&proc, SIGUSR1, NULL);
    check(interrupted_one() == 0 && proc.sigbudget.used == 1,
          "a signal below SIGRTMIN is pending once");
    handle(SIGUSR2, 0x1000);
    bp_signal_proc(&proc, SIGUSR2, NULL);
    check(tasks[1].thread.interrupted,
          "a second signal goes to a thread that has nothing to do yet");

    reset();
    handle(SIGUSR1, 0x1000);
    tasks[0].sig.mask = tasks[1].sig.mask = BP_SIGBIT(SIGUSR1);
    bp_signal_proc(&proc, SIGUSR1, NULL);
    check(interrupted_one() == 2, "threads that block it do not get it");

    reset();
    for (u32 i = 0; i < ARRAY_SIZE(tasks); i++)
        tasks[i].sig.mask = BP_SIGBIT(SIGUSR1);
    bp_signal_proc(&proc, SIGUSR1, NULL);
    check(interrupted_one() == -1 && proc.sigqueue.pending && !proc.exiting,
          "blocked by all, it is pending, fatal or not");
    tasks[1].sig.awaited = BP_SIGBIT(SIGUSR1);
    bp_signal_proc(&proc, SIGUSR1, NULL);
    check(interrupted_one() == -1, "pending once");

    reset();
    tasks[0].sig.mask = tasks[1].sig.mask = tasks[2].sig.mask = BP_SIGBIT(SIGTERM);
    tasks[1].sig.awaited = BP_SIGBIT(SIGTERM);
    bp_signal_proc(&proc, SIGTERM, NULL);
    check(interrupted_one() == 1 && !proc.exiting,
          "a thread in sigtimedwait gets what it waits for");

    reset();
    handle(SIGPROF, 0x1000);
    tasks[0].thread.state = tasks[2].thread.state = BP_THREAD_PARKED;
    bp_signal_proc(&proc, SIGPROF, NULL);
    check(interrupted_one() == 1, "SIGPROF goes to a thread that runs");

    reset();
    handle(SIGUSR1, 0x1000);
    check(!bp_signal_tid(&proc, 102, SIGUSR1, NULL) && interrupted_one() == 2 &&
              tasks[2].sig.queue.pending && !proc.sigqueue.pending,
          "tgkill names the thread");
    check(bp_signal_tid(&proc, 999, 0, NULL) == -ESRCH && !bp_signal_tid(&proc, 101, 0, NULL),
          "signal 0 only asks");
}

/* ---- what happens at once ---- */

static void test_defaults(void)
{
    static const struct {
        int signal;
        u64 handler, mask;
        bool ends, pends;
        const char *what;
    } cases[] = {
        {SIGTERM, 0, 0, true, false, "SIGTERM ends the process"},
        {SIGKILL, 0, ~0ULL & ~BP_SIGSET_UNBLOCKABLE, true, false, "SIGKILL does, masks or not"},
        {40, 0, 0, true, false, "a real-time signal does"},
        {SIGABRT, 0, 0, false, true, "a core dump is its thread's business"},
        {SIGCHLD, 0, 0, false, false, "SIGCHLD vanishes"},
        {SIGWINCH, 0, 0, false, false, "SIGWINCH vanishes"},
        {SIGCHLD, 0, BP_SIGBIT(SIGCHLD), false, true,
         "a blocked one is kept: there may be a handler later"},
        {SIGTERM, (u64)1, 0, false, false, "SIG_IGN"},
        {SIGTERM, (u64)1, BP_SIGBIT(SIGTERM), false, true, "SIG_IGN and blocked"},
        {SIGTERM, 0x1000, 0, false, true, "a handler"},
        {SIGTSTP, 0, 0, false, true, "a stop is its thread's business"},
    };

    for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
        reset();
        for (u32 t = 0; t < ARRAY_SIZE(tasks); t++)
            tasks[t].sig.mask = cases[i].mask;
        if (cases[i].signal != SIGKILL)
            handle(cases[i].signal, cases[i].handler);
        bp_signal_proc(&proc, cases[i].signal, NULL);
        check(proc.exiting == cases[i].ends &&
                  !!(proc.sigqueue.pending & BP_SIGBIT(cases[i].signal)) == cases[i].pends &&
                  (!cases[i].ends || proc.status == cases[i].signal),
              "%s", cases[i].what);
    }
}

static void test_job_control(void)
{
    reset();
    handle(SIGCONT, 0x1000);
    bp_signal_proc(&proc, SIGTSTP, NULL);
    bp_signal_task(&tasks[1], SIGTTIN, NULL);
    bp_signal_proc(&proc, SIGCONT, NULL);
    check(proc.sigqueue.pending == BP_SIGBIT(SIGCONT) && !tasks[1].sig.queue.pending,
          "SIGCONT cancels pending stops of all threads");
    bp_signal_task(&tasks[1], SIGSTOP, NULL);
    check(!proc.sigqueue.pending, "a stop cancels SIGCONT");
    proc.stopped = true;
    tasks[0].sig.mask = tasks[1].sig.mask = tasks[2].sig.mask = BP_SIGBIT(SIGCONT);
    bp_signal_proc(&proc, SIGCONT, NULL);
    check(!proc.stopped, "SIGCONT continues, blocked or not");
}

/* ---- taking ---- */

static void test_taking(void)
{
    u64 set = BP_SIGBIT(SIGUSR1) | BP_SIGBIT(SIGHUP);
    siginfo_t info;

    reset();
    for (u32 i = 0; i < ARRAY_SIZE(tasks); i++)
        tasks[i].sig.mask = set;
    bp_signal_proc(&proc, SIGHUP, NULL);
    check(announced == BP_SIGBIT(SIGHUP), "what becomes pending is announced");
    announced = 0;
    bp_signal_proc(&proc, SIGHUP, NULL);
    bp_signal_proc(&proc, SIGCHLD, NULL);
    check(!announced, "what is pending already, or vanishes, is not");
    bp_signal_task(&tasks[0], SIGUSR1, NULL);
    bp_signal_task(&tasks[1], SIGUSR2, NULL);
    check(bp_signals_pending() == set, "a thread sees its own and its process's");
    check(!bp_signal_take(BP_SIGBIT(SIGUSR2), &info), "but not another's");
    check(bp_signal_take(set, &info) && info.si_signo == SIGUSR1, "its own first");
    check(bp_signal_take(set, &info) && info.si_signo == SIGHUP, "then its process's");
    check(!bp_signal_take(~0ULL, &info) && !bp_signals_pending(), "then none");
}

/* ---- masks ---- */

static void test_masks(void)
{
    u64 usr1 = BP_SIGBIT(SIGUSR1);

    reset();
    handle(SIGUSR1, 0x1000);
    bp_sigmask_set(~0ULL);
    check(tasks[0].sig.mask == ~BP_SIGSET_UNBLOCKABLE, "SIGKILL and SIGSTOP cannot be blocked");
    bp_signal_task(&tasks[0], SIGUSR1, NULL);
    check(interrupted_one() == -1, "blocked");
    bp_sigmask_set(0);
    check(interrupted_one() == 0, "due once unblocked");
    bp_sigmask_set(usr1);
    check(interrupted_one() == -1, "not any more when blocked again");

    reset();
    handle(SIGUSR1, 0x1000);
    bp_signal_proc(&proc, SIGUSR1, NULL);
    bp_sigmask_set(usr1);
    check(interrupted_one() == 1, "what this thread blocks now, another takes");

    reset();
    handle(SIGUSR1, 0x1000);
    bp_signal_proc(&proc, SIGUSR1, NULL);
    bp_list_del(&tasks[0].node);
    bp_sigtask_leave(&tasks[0]);
    check(tasks[1].thread.interrupted, "so it does when this thread ends");
}

static void test_temporary_mask(void)
{
    u64 mask = BP_SIGBIT(SIGUSR1);

    reset();
    bp_sigmask_set(BP_SIGBIT(SIGHUP));
    check(!bp_sigmask_pop(&tasks[0].sig), "no temporary mask");
    check(bp_sigmask_push((u64)&mask, 4) == -EINVAL, "of a wrong size");
    check(!bp_sigmask_push((u64)&mask, 8) && tasks[0].sig.mask == mask, "in force");
    check(tasks[0].thread.at_exit && !tasks[0].thread.interrupted,
          "until the exit, without ending waits");
    check(bp_sigmask_pop(&tasks[0].sig) && tasks[0].sig.mask == BP_SIGBIT(SIGHUP), "and over");
}

/* ---- restarts ---- */

static void test_restarts(void)
{
    check(bp_restart_class(SYS_read) == BP_RESTART_FLAG, "read: SA_RESTART decides");
    check(bp_restart_class(SYS_poll) == BP_RESTART_NO_HANDLER, "poll: not after a handler");
    check(bp_restart_class(SYS_epoll_pwait2) == BP_RESTART_NEVER, "epoll_pwait2: never");
    check(bp_restart_class(~0ULL) == BP_RESTART_FLAG, "any number is answered");
    check(bp_restart_address(0x1002) == 0x1000,
          "the syscall instruction is before its continuation");
}

int main(void)
{
    worker.pc.self = &worker.pc;
    worker.pc.stats = stats;
    bp_wrgsbase((u64)&worker);
    test_queue();
    test_queue_limit();
    test_order();
    test_choice();
    test_defaults();
    test_job_control();
    test_taking();
    test_masks();
    test_temporary_mask();
    test_restarts();
    return failures ? 1 : 0;
}
