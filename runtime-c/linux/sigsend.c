/* Sending signals: what a signal does at once, who gets it, and waking that thread. */
#include "base/host.h"
#include "linux/signal.h"
#include "linux/sigqueue.h"
#include "linux/sigset.h"
#include "linux/sigtimer.h"
#include "socket/signalfd.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static struct bp_task *task_of(struct bp_list *node)
{
    return bp_list_entry(node, struct bp_task, node);
}

static void discard_everywhere(struct bp_proc *proc, u64 set)
{
    bp_sigqueue_discard(&proc->sigqueue, set);
    bp_list_for_each (node, &proc->tasks)
        bp_sigqueue_discard(&task_of(node)->sig.queue, set);
}

/*
 * Stops and SIGCONT cancel each other at the moment of sending, blocked or not; SIGCONT also
 * continues then.
 */
static void job_control(struct bp_proc *proc, int signal)
{
    if (BP_SIGBIT(signal) & BP_SIGSET_STOP)
        discard_everywhere(proc, BP_SIGBIT(SIGCONT));
    if (signal != SIGCONT)
        return;
    discard_everywhere(proc, BP_SIGSET_STOP);
    if (!proc->stopped)
        return;
    proc->stopped = false;
    bp_list_for_each (node, &proc->tasks)
        bp_unpark(&task_of(node)->thread);
}

/*
 * A blocked signal is kept even if it would be ignored: its action may change before it is
 * unblocked.
 */
static bool is_ignored(const struct bp_proc *proc, const struct bp_task *task, int signal)
{
    u64 handler = proc->sigactions.action[signal - 1].handler;

    if (task->sig.mask & BP_SIGBIT(signal))
        return false;
    return handler == (u64)SIG_IGN ||
           (handler == (u64)SIG_DFL && BP_SIGBIT(signal) & BP_SIGSET_IGNORED);
}

static bool takes(const struct bp_task *task, int signal)
{
    return !(task->sig.mask & ~task->sig.awaited & BP_SIGBIT(signal));
}

/* Timers of processor time interrupt somebody who uses it. */
static bool wants_runner(int signal)
{
    return signal == SIGPROF || signal == SIGVTALRM;
}

/*
 * Who takes a signal of the process: of the threads that do not block it one that has nothing else
 * to see to, the main thread (the first) before others. NULL when all block it.
 */
static struct bp_task *choose(struct bp_proc *proc, int signal)
{
    struct bp_task *best = NULL;
    int best_score = -1;

    bp_list_for_each (node, &proc->tasks) {
        struct bp_task *task = task_of(node);
        int score = !READ_ONCE(task->thread.interrupted);

        if (!takes(task, signal))
            continue;
        if (wants_runner(signal) && READ_ONCE(task->thread.state) == BP_THREAD_RUNNING)
            score += 2;
        if (score > best_score) {
            best = task;
            best_score = score;
        }
    }
    return best;
}

/*
 * Whether the signal ends the process without anybody having to look at it. Core dumps are reported
 * by their thread.
 */
static bool is_fatal(const struct bp_proc *proc, const struct bp_task *target, int signal)
{
    u64 bit = BP_SIGBIT(signal);

    if (signal == SIGKILL)
        return true;
    return target && !(target->sig.mask & bit) &&
           proc->sigactions.action[signal - 1].handler == (u64)SIG_DFL &&
           !(bit & (BP_SIGSET_IGNORED | BP_SIGSET_STOP | BP_SIGSET_CORE));
}

/* A signal on its way: to a thread, or to the process when task is NULL. */
struct sending {
    struct bp_task *task;
    int signal;
    const siginfo_t *info;       /* either this */
    struct bp_sigrecord *record; /* or a timer's record */
    bool queued;                 /* answer: it has become pending */
};

/* Process locked. *fatal tells the caller to end the process once it is unlocked. */
static int send_locked(struct bp_proc *proc, struct sending *s, bool *fatal)
{
    struct bp_task *target = s->task;
    struct bp_sigqueue *queue = s->task ? &s->task->sig.queue : &proc->sigqueue;
    int ret = 0;

    *fatal = false;
    if (proc->exiting || bp_list_empty(&proc->tasks))
        return 0;
    job_control(proc, s->signal);
    if (s->signal < BP_SIGRT_FIRST && queue->pending & BP_SIGBIT(s->signal) && !s->record)
        return 0; /* pending once, with the siginfo of the first */
    if (is_ignored(proc, s->task ? s->task : task_of(proc->tasks.next), s->signal))
        return 0;
    if (!target)
        target = choose(proc, s->signal);
    else if (!takes(target, s->signal))
        target = NULL;
    *fatal = is_fatal(proc, target, s->signal);
    if (*fatal)
        return 0;
    if (s->record)
        bp_sigqueue_add_record(queue, s->record);
    else
        ret = bp_sigqueue_add(queue, &proc->sigbudget, s->signal, s->info);
    s->queued = !ret;
    if (!ret && target)
        bp_interrupt(&target->thread);
    return ret;
}

/*
 * Locks the process, finds the thread when tid is not 0, sends, and ends the process when that was
 * fatal.
 */
static int send_signal(struct bp_proc *proc, u32 tid, struct sending *s)
{
    siginfo_t from_kernel;
    bool fatal = false;
    int ret = 0;

    if (!s->info && !s->record) {
        memset(&from_kernel, 0, sizeof(from_kernel));
        from_kernel.si_signo = s->signal;
        from_kernel.si_code = SI_KERNEL;
        s->info = &from_kernel;
    }
    bp_lock(&proc->lock);
    if (tid) {
        bp_list_for_each (node, &proc->tasks) {
            if (task_of(node)->tid == tid)
                s->task = task_of(node);
        }
        if (!s->task)
            ret = -ESRCH;
    }
    if (!ret && s->signal && !(s->record && s->record->queued))
        ret = send_locked(proc, s, &fatal);
    else if (!ret && s->record)
        ret = -EALREADY;
    bp_unlock(&proc->lock);
    if (s->queued)
        bp_signalfd_announce(BP_SIGBIT(s->signal));
    if (fatal)
        bp_proc_exit(proc, s->signal);
    return ret;
}

int bp_signal_proc(struct bp_proc *proc, int signal, const siginfo_t *info)
{
    return send_signal(proc, 0, &(struct sending){.signal = signal, .info = info});
}

int bp_signal_task(struct bp_task *task, int signal, const siginfo_t *info)
{
    return send_signal(task->proc, 0,
                       &(struct sending){.task = task, .signal = signal, .info = info});
}

int bp_signal_tid(struct bp_proc *proc, u32 tid, int signal, const siginfo_t *info)
{
    return send_signal(proc, tid, &(struct sending){.signal = signal, .info = info});
}

bool bp_signal_record(struct bp_proc *proc, u32 tid, struct bp_sigrecord *record)
{
    struct sending sending = {.signal = record->info.si_signo, .record = record};

    return send_signal(proc, tid, &sending) != -EALREADY;
}

void bp_signal_unqueue(struct bp_proc *proc, struct bp_sigrecord *record)
{
    bp_lock(&proc->lock);
    bp_sigqueue_remove_record(&proc->sigqueue, record);
    bp_list_for_each (node, &proc->tasks)
        bp_sigqueue_remove_record(&task_of(node)->sig.queue, record);
    bp_unlock(&proc->lock);
}

void bp_siginfo_of_self(siginfo_t *info, int signal, int code)
{
    memset(info, 0, sizeof(*info));
    info->si_signo = signal;
    info->si_code = code;
    info->si_pid = (int)bp_current_proc()->pid;
    info->si_uid = (u32)bp_host(SYS_getuid);
}

void bp_signal_self(int signal)
{
    siginfo_t info;

    bp_siginfo_of_self(&info, signal, SI_USER);
    bp_signal_task(bp_current_task(), signal, &info);
}

/* The host's own SIGXFSZ goes to whichever kernel thread made the call, and is dropped. */
void bp_signal_file_size(void)
{
    if (bp_current_proc()->rlimits[RLIMIT_FSIZE].soft != UINT64_MAX)
        bp_signal_self(SIGXFSZ);
}

/* ---- taking ---- */

u64 bp_signals_pending(void)
{
    struct bp_task *task = bp_current_task();

    return READ_ONCE(task->sig.queue.pending) | READ_ONCE(task->proc->sigqueue.pending);
}

bool bp_signal_take(u64 set, siginfo_t *info)
{
    struct bp_task *task = bp_current_task();
    struct bp_sigqueue *queue = &task->sig.queue;
    struct bp_sigtimer *timer = NULL;
    bool found;

    bp_lock(&task->proc->lock);
    if (!(queue->pending & set))
        queue = &task->proc->sigqueue;
    found = queue->pending & set;
    if (found) {
        timer = bp_sigqueue_take(queue, bp_sigset_first(queue->pending & set), info);
        bp_signal_recalculate(task);
    }
    bp_unlock(&task->proc->lock);
    if (timer)
        bp_sigtimer_taken(timer, info);
    return found;
}

/* ---- lifetimes ---- */

void bp_sigtask_destroy(struct bp_sigtask *sig)
{
    bp_sigqueue_discard(&sig->queue, ~0ULL);
}

/*
 * What exec leaves to a program: ignored stays ignored (nohup), everything else is as by default.
 *
 */
static void inherit_ignored(struct bp_sigactions *actions)
{
    for (int signal = 1; signal <= BP_NSIG; signal++) {
        struct bp_sigaction host;
        long ret = bp_host(SYS_rt_sigaction, signal, NULL, &host, sizeof(host.mask));

        if (!ret && host.handler == (u64)SIG_IGN)
            actions->action[signal - 1].handler = (u64)SIG_IGN;
    }
}

void bp_sigproc_init(struct bp_proc *proc)
{
    inherit_ignored(&proc->sigactions);
    proc->sigbudget.limit = bp_sigqueue_host_limit();
}

void bp_sigproc_destroy(struct bp_proc *proc)
{
    bp_sigtimers_destroy(proc);
    bp_sigqueue_discard(&proc->sigqueue, ~0ULL);
}
