/*
 * POSIX message queues (mq_overview(7)): the host's, so that other processes share them. A queue's
 * descriptor never blocks us; a call that waits does so through the worker's epoll instance, as on
 * other files of the host. mq_notify(2) therefore tells of a message also while a thread waits in
 * mq_receive.
 */
#ifndef BP_LINUX_MQUEUE_H
#define BP_LINUX_MQUEUE_H

#include "linux/task.h"

/* The process ends: signals that it asked for with mq_notify(2) are not for it any more. */
void bp_mqueue_leave(struct bp_proc *proc);

/* In a forked child: registrations are its parent's. */
void bp_mqueue_forked(void);

#endif
