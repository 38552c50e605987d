/*
 * Delivering signals to the current thread: on its way out of the runtime, or brought out of its
 * own code.
 */
#include "base/host.h"
#include "base/stats.h"
#include "entry/patch.h"
#include "linux/calls.h"
#include "linux/report.h"
#include "linux/restart.h"
#include "linux/sigframe.h"
#include "linux/signal.h"
#include "linux/sigqueue.h"
#include "linux/sigset.h"
#include "linux/sigtimer.h"
#include "linux/trace.h"
#include "socket/userfault.h"

#include <errno.h>
#include <sys/syscall.h>

/* A jump to another address faults where it is made, and that would be in the runtime. */
static bool is_canonical(u64 addr)
{
    return (u64)((s64)(addr << 16) >> 16) == addr;
}

/* A system call that a signal interrupted. */
struct interrupted_call {
    u64 nr, address; /* its number, and where to go to make it again */
    enum bp_restart class;
};

/* Where the thread will continue; every handler that is entered changes it. */
struct delivery {
    struct bp_task *task;
    struct bp_context *context;
    const struct interrupted_call *call; /* NULL once it is decided, or when there is none */
};

/* ---- what needs no handler ---- */

enum {
    NOTHING_DUE = 0,
    ENDING = -1
};

/* The queue to take from: the thread's own before the process's, as in Linux. Process locked. */
static struct bp_sigqueue *due_queue(struct bp_task *task)
{
    if (task->sig.queue.pending & ~task->sig.mask)
        return &task->sig.queue;
    return task->proc->sigqueue.pending & ~task->sig.mask ? &task->proc->sigqueue : NULL;
}

static struct bp_sigaction *action_of(struct bp_proc *proc, int signal)
{
    return &proc->sigactions.action[signal - 1];
}

/*
 * A forked program's host process is its own: it stops for real, so that the host tells its parent.
 * Unless it leads no one: the host ignores the terminal's signals in an orphaned group, as it
 * should.
 */
static void stop_host(struct bp_proc *proc, int signal)
{
    struct bp_sigaction by_default = {0}, saved;

    bp_unlock(&proc->lock);
    if (signal != SIGSTOP)
        bp_host(SYS_rt_sigaction, signal, &by_default, &saved, sizeof(saved.mask));
    bp_host(SYS_kill, bp_host(SYS_getpid), signal);
    if (signal != SIGSTOP)
        bp_host(SYS_rt_sigaction, signal, &saved, NULL, sizeof(saved.mask));
    bp_lock(&proc->lock);
}

static void stop_process(struct bp_proc *proc, int signal)
{
    if (proc->forked) {
        stop_host(proc, signal);
        return;
    }
    proc->stopped = true;
    bp_list_for_each (node, &proc->tasks)
        bp_interrupt(&bp_list_entry(node, struct bp_task, node)->thread);
}

/* Process locked; unlocked while the thread sleeps. */
static void wait_for_continue(struct bp_proc *proc)
{
    bp_park_begin();
    bp_unlock(&proc->lock);
    bp_park(BP_NEVER);
    bp_lock(&proc->lock);
}

/*
 * Does what needs no handler: stops, waits while stopped, drops what is ignored. Returns the signal
 * to act upon next, still pending, or NOTHING_DUE, or ENDING when the thread is to leave. Process
 * locked, with pauses.
 */
static int settle(struct bp_task *task)
{
    struct bp_proc *proc = task->proc;

    for (;;) {
        struct bp_sigqueue *queue;
        siginfo_t dropped;
        u64 handler, bit;
        int signal;

        bp_interrupt_clear(&task->thread);
        if (proc->exiting || (unlikely(proc->execing != NULL) && proc->execing != task))
            return ENDING;
        if (proc->stopped) {
            wait_for_continue(proc);
            continue;
        }
        queue = due_queue(task);
        if (!queue)
            return NOTHING_DUE;
        signal = bp_sigset_first(queue->pending & ~task->sig.mask);
        handler = action_of(proc, signal)->handler;
        bit = BP_SIGBIT(signal);
        if (handler != (u64)SIG_IGN &&
            (handler != (u64)SIG_DFL || !(bit & (BP_SIGSET_STOP | BP_SIGSET_IGNORED))))
            return signal;
        bp_sigqueue_take(queue, signal, &dropped);
        if (handler == (u64)SIG_DFL && bit & BP_SIGSET_STOP)
            stop_process(proc, signal);
    }
}

bool bp_signal_goes_on(void)
{
    struct bp_task *task = bp_current_task();
    int signal;

    bp_lock(&task->proc->lock);
    signal = settle(task);
    if (signal != NOTHING_DUE)
        bp_interrupt(&task->thread); /* the exit from the call sees to it */
    bp_unlock(&task->proc->lock);
    return signal == NOTHING_DUE;
}

/* ---- ends ---- */

/*
 * Programs and reports see where they would be had nothing been patched; bp_signal_return undoes
 * it.
 */
static void hide_patches(const struct delivery *d)
{
    u64 *rip = &d->context->frame.rip;

    *rip = bp_patch_original(d->task->proc->slot, *rip);
}

BP_NORETURN BP_COLD static void die(const struct delivery *d, int signal, const siginfo_t *info)
{
    struct bp_proc *proc = d->task->proc;

    if (BP_SIGBIT(signal) & BP_SIGSET_CORE && !READ_ONCE(proc->exiting)) {
        hide_patches(d);
        bp_report_crash(d->task, d->context, info);
    }
    bp_proc_exit(proc, signal);
    bp_task_exit();
}

/* ---- handlers ---- */

/* Copies the action of a signal that is about to be handled. Process locked. */
static struct bp_sigaction use_action(struct bp_proc *proc, int signal)
{
    struct bp_sigaction *action = action_of(proc, signal), copy = *action;

    if (action->flags & SA_RESETHAND)
        action->handler = (u64)SIG_DFL;
    return copy;
}

/* Sets the registers so that the call is made again. */
static void restart(struct delivery *d)
{
    d->context->frame.rax = d->call->nr;
    d->context->frame.rip = d->call->address;
}

static void force(struct delivery *d, int signal, const siginfo_t *info);

static void trace(const struct delivery *d, const siginfo_t *info)
{
    if (unlikely(d->task->proc->traced))
        bp_trace_signal(d->task->proc->name, d->task->tid, info);
}

static void enter_handler(struct delivery *d, int signal, const siginfo_t *info,
                          const struct bp_sigaction *action)
{
    struct bp_sigtask *sig = &d->task->sig;
    u64 *live = &bp_frame_of(&d->task->thread)->vectors_live;
    u64 mask = sig->restore_mask ? sig->saved_mask : sig->mask;

    if (d->call && (d->call->class == BP_RESTART_ALWAYS ||
                    (d->call->class == BP_RESTART_FLAG && action->flags & SA_RESTART)))
        restart(d);
    d->call = NULL;
    hide_patches(d);
    if (bp_sigframe_push(d->context, sig, signal, info, action, mask, *live)) {
        if (signal == SIGSEGV)
            die(d, signal, info);
        force(d, SIGSEGV, NULL);
        return;
    }
    *live = 1; /* what a switch from here on must keep: the handler's */
    sig->restore_mask = false;
    bp_sigmask_set(sig->mask | action->mask | (action->flags & SA_NODEFER ? 0 : BP_SIGBIT(signal)));
    d->task->thread.app_stats[BP_APP_STAT_SIGNALS]++;
}

/*
 * A signal that the thread cannot go on without: a handler takes it at once, or it ends the
 * process.
 */
static void force(struct delivery *d, int signal, const siginfo_t *info)
{
    struct bp_proc *proc = d->task->proc;
    const siginfo_t from_kernel = {.si_signo = signal, .si_code = SI_KERNEL};
    struct bp_sigaction action;

    if (!info)
        info = &from_kernel;
    trace(d, info);
    bp_lock(&proc->lock);
    action = use_action(proc, signal);
    bp_unlock(&proc->lock);
    if (d->task->sig.mask & BP_SIGBIT(signal) || action.handler == (u64)SIG_DFL ||
        action.handler == (u64)SIG_IGN)
        die(d, signal, info);
    enter_handler(d, signal, info, &action);
}

/* Acts upon the next signal. Returns false when there is none. */
static bool deliver_one(struct delivery *d)
{
    struct bp_proc *proc = d->task->proc;
    struct bp_sigtimer *timer = NULL;
    struct bp_sigaction action;
    siginfo_t info;
    int signal;

    bp_lock(&proc->lock);
    signal = settle(d->task);
    if (signal > 0) {
        timer = bp_sigqueue_take(due_queue(d->task), signal, &info);
        action = use_action(proc, signal);
    }
    bp_unlock(&proc->lock);
    if (signal == ENDING)
        bp_task_exit();
    if (signal == NOTHING_DUE)
        return false;
    if (timer)
        bp_sigtimer_taken(timer, &info);
    trace(d, &info);
    if (action.handler == (u64)SIG_DFL)
        die(d, signal, &info);
    enter_handler(d, signal, &info, &action);
    return true;
}

/*
 * Delivers all there is. Returns whether a handler was entered, so that the context must be used.
 *
 */
static bool deliver(struct delivery *d)
{
    struct bp_sigtask *sig = &d->task->sig;
    bool entered = false;

    for (;;) {
        while (deliver_one(d))
            entered = true;
        /* No handler came: the end of the temporary mask may have unblocked others. */
        if (bp_sigmask_pop(sig))
            continue;
        if (is_canonical(d->context->frame.rip))
            return entered;
        force(d, SIGSEGV, NULL);
        entered = true;
    }
}

/* ---- for the entry ---- */

static enum bp_restart restart_class(u64 nr, const struct bp_thread *thread)
{
    enum bp_restart class = bp_restart_class(nr);

    if (thread->restarts)
        return BP_RESTART_ALWAYS;
    if (thread->no_restart == BP_NO_RESTART_EVER)
        return BP_RESTART_NEVER;
    return thread->no_restart && class == BP_RESTART_FLAG ? BP_RESTART_NO_HANDLER : class;
}

long bp_signal_exit_work(struct bp_frame *frame, long result)
{
    struct bp_task *task = bp_current_task();
    u64 dropped = task->thread.flags_dropped;
    struct bp_context context = {
        .rcx = frame->rip,
        .rflags = BP_RFLAGS_DEFAULT | dropped,
        .frame = *frame,
    };
    struct interrupted_call call = {
        .nr = frame->rax,
        .class = restart_class(frame->rax, &task->thread),
    };
    struct delivery d = {.task = task, .context = &context};

    task->thread.at_exit = false;
    task->thread.flags_dropped = 0;
    task->thread.no_restart = 0;
    task->thread.restarts = false;
    if (result != -EINTR) {
        bp_sigmask_pop(&task->sig);
    } else {
        call.address = bp_restart_address(frame->rip);
        d.call = &call;
    }
    context.frame.rax = (u64)result;
    if (!deliver(&d)) {
        bool again = d.call && call.class != BP_RESTART_NEVER;

        if (again)
            restart(&d);
        else if (!dropped)
            return result;
    }
    bp_exit_full(&context);
}

void bp_signal_interrupted(struct bp_context *context)
{
    struct delivery d = {.task = bp_current_task(), .context = context};

    deliver(&d);
}

void bp_signal_faulted(struct bp_context *context, const struct bp_fault *fault)
{
    enum {
        PAGE_FAULT = 14
    };
    struct delivery d = {.task = bp_current_task(), .context = context};
    struct bp_sigtask *sig = &d.task->sig;
    const siginfo_t info = {
        .si_signo = fault->signal,
        .si_code = fault->code,
        .si_addr = (void *)bp_patch_original(d.task->proc->slot, fault->address),
    };

    if (fault->signal == SIGBUS && fault->trapno == PAGE_FAULT &&
        bp_userfault_wait(fault->address, fault->error, d.task->tid)) {
        if (READ_ONCE(d.task->thread.interrupted))
            bp_signal_interrupted(context);
        return;
    }
    sig->trapno = fault->trapno;
    sig->error = fault->error;
    if (fault->trapno == PAGE_FAULT)
        sig->fault_address = fault->address;
    force(&d, fault->signal, &info);
    deliver(&d);
}

void bp_signal_return(void)
{
    struct bp_task *task = bp_current_task();
    struct bp_frame *frame = bp_frame_of(&task->thread);
    struct bp_context context = {.rcx = frame->rip, .rflags = BP_RFLAGS_DEFAULT, .frame = *frame};
    struct delivery d = {.task = task, .context = &context};
    u64 mask = task->sig.mask;
    int ret;

    task->thread.flags_dropped = 0; /* the frame has others */
    frame->vectors_live = 1;        /* from the frame on: a stop must keep them */
    ret = bp_sigframe_pop(&context, &task->sig, &mask);
    context.frame.rip = bp_patch_resume(task->proc->slot, context.frame.rip);
    bp_sigmask_set(mask);
    if (ret)
        force(&d, SIGSEGV, NULL);
    deliver(&d);
    bp_exit_full(&context);
}
