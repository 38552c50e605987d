/*
 * Virtual signals: actions, masks, queues and delivery of every program, kept apart from the host's. A signal reaches a
 * program at its exit from a call, out of an interruptible wait, or out of its own code by a kick; its handler runs on
 * a frame of exactly the kernel's layout.
 */
#ifndef BP_LINUX_SIGNAL_H
#define BP_LINUX_SIGNAL_H

#include "entry/entry.h"
#include "linux/task.h"

#include <signal.h>

void bp_sigtask_init(struct bp_sigtask *sig);
void bp_sigtask_destroy(struct bp_sigtask *sig);
void bp_sigproc_init(struct bp_proc *proc);
void bp_sigproc_destroy(struct bp_proc *proc);

/*
 * Sends a signal to a process or to one thread. info may be NULL (SI_KERNEL). Ignored signals vanish; a fatal one ends
 * the process with the status of wait(2). Returns 0, or -EAGAIN when a queued real-time signal finds no memory. Any
 * worker.
 */
int bp_signal_proc(struct bp_proc *proc, int signal, const siginfo_t *info);
int bp_signal_task(struct bp_task *task, int signal, const siginfo_t *info);

/* For the entry (struct bp_entry_upcalls). */
long bp_signal_exit_work(struct bp_frame *frame, long result);
void bp_signal_interrupted(struct bp_context *context);
void bp_signal_faulted(struct bp_context *context, const struct bp_fault *fault);

#endif
