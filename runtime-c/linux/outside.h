/*
 * Signals that reach the host process of a forked program from outside: kill(1), its parent, the
 * terminal. They become the program's virtual ones. (The launcher's process gets its own in main,
 * and passes them on.)
 */
#ifndef BP_LINUX_OUTSIDE_H
#define BP_LINUX_OUTSIDE_H

#include "linux/task.h"

#include <signal.h>

/* In a forked child, on its only worker. */
void bp_outside_signals_init(void);

/*
 * Sends a signal to another process of the runtime so that it sees this siginfo, which the host
 * would fill in with the sending host process's. Returns 0 or negative errno of rt_sigqueueinfo(2);
 * -EAGAIN when the host has no room for it.
 */
long bp_outside_send(u32 pid, int signal, const siginfo_t *info);

/* The same of tgkill(2), to a thread that is not the process's first. */
long bp_outside_send_thread(u32 pid, u32 tid, int signal, const siginfo_t *info);

/* Gives a program the signal that the sender meant, from what the host told. Worker context. */
void bp_outside_deliver(struct bp_proc *proc, siginfo_t *info);

#endif
