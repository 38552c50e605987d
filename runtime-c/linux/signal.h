/*
 * Virtual signals: actions, masks, queues and delivery of every program, kept apart from the
 * host's. A signal reaches a program at its exit from a call, out of an interruptible wait, or out
 * of its own code by a kick; its handler runs on a frame of exactly the kernel's layout.
 *
 * The lock of the process guards its signal state and the `interrupted` of its threads: a thread is
 * interrupted exactly while it has something to see to. No call without pending signals pays for
 * any of this.
 */
#ifndef BP_LINUX_SIGNAL_H
#define BP_LINUX_SIGNAL_H

#include "entry/entry.h"
#include "linux/task.h"

#include <signal.h>

/* ---- lifetimes ---- */

/*
 * proc is zero. A program starts with what the runtime itself was started with: ignored signals
 * stay ignored (nohup).
 */
void bp_sigproc_init(struct bp_proc *proc);
/* Ends timers and drops what is pending. No thread of the process is left. */
void bp_sigproc_destroy(struct bp_proc *proc);

/*
 * The current thread is about to leave its process: what only it would have taken is passed on.
 * Process locked.
 */
void bp_sigtask_leave(struct bp_task *task);
void bp_sigtask_destroy(struct bp_sigtask *sig);

/* ---- sending (sigsend.c); any worker, no lock held ---- */

/*
 * Sends a signal to a process or to one thread. info may be NULL: the kernel sends it (SI_KERNEL).
 * Ignored signals vanish; a fatal one ends the process. Returns 0, or -EAGAIN when a real-time
 * signal with a value finds no room.
 */
int bp_signal_proc(struct bp_proc *proc, int signal, const siginfo_t *info);
int bp_signal_task(struct bp_task *task, int signal, const siginfo_t *info);

/* The same for the thread with this id. -ESRCH when the process has none. */
int bp_signal_tid(struct bp_proc *proc, u32 tid, int signal, const siginfo_t *info);

/*
 * A timer's record, to the process (tid 0) or to a thread. Returns false when it is queued already.
 *
 */
bool bp_signal_record(struct bp_proc *proc, u32 tid, struct bp_sigrecord *record);
void bp_signal_unqueue(struct bp_proc *proc, struct bp_sigrecord *record);

/* Sends to the current thread as if by itself: SIGPIPE. */
void bp_signal_self(int signal);

/* SIGXFSZ to the current thread after an EFBIG, if its program has a RLIMIT_FSIZE. */
void bp_signal_file_size(void);

/* siginfo of kill(2) and tgkill(2) (SI_USER, SI_TKILL) from the current thread. */
void bp_siginfo_of_self(siginfo_t *info, int signal, int code);

/* ---- taking without a handler (sigsend.c); for the current thread ---- */

/* The signals that wait for it, its own and its process's, blocked ones too. Takes no lock. */
u64 bp_signals_pending(void);

/*
 * Takes a pending signal of the set: its own before its process's, as sigtimedwait(2) and
 * signalfd(2) do. Returns false when there is none. No lock held.
 */
bool bp_signal_take(u64 set, siginfo_t *info);

/* ---- masks (sigmask.c); of the current thread ---- */

/* SIGKILL and SIGSTOP are left out. What gets unblocked is delivered at the exit from the call. */
void bp_sigmask_set(u64 mask);

/*
 * The temporary mask of ppoll, pselect, epoll_pwait and sigsuspend, from the program's memory. The
 * exit from the call ends it: at once, or when the call was interrupted, after the handler has been
 * chosen. Returns 0, -EINVAL, -EFAULT.
 */
long bp_sigmask_push(u64 user_mask, u64 size);
/* Back to the mask before; false when there was no temporary one. */
bool bp_sigmask_pop(struct bp_sigtask *sig);

/* What set of signals waits for the thread; process locked. */
BP_INLINE u64 bp_signals_due(const struct bp_task *task)
{
    return (task->sig.queue.pending | task->proc->sigqueue.pending) &
           (~task->sig.mask | task->sig.awaited);
}

/* Makes `interrupted` of the current thread agree with its state. Process locked. */
void bp_signal_recalculate(struct bp_task *task);

/* ---- delivery (sigdeliver.c) ---- */

/* For the entry (struct bp_entry_upcalls). */
long bp_signal_exit_work(struct bp_frame *frame, long result);
void bp_signal_interrupted(struct bp_context *context);
void bp_signal_faulted(struct bp_context *context, const struct bp_fault *fault);

/*
 * After bp_park returned -EINTR: sees to everything that needs no handler (stops, ignored signals).
 * Returns true when that was all, so that the caller goes on waiting until its deadline; false when
 * the call must end with -EINTR.
 */
bool bp_signal_goes_on(void);

/* rt_sigreturn(2): continues where the frame on the program's stack says. */
BP_NORETURN void bp_signal_return(void);

#endif
