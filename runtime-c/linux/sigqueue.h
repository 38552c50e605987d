/* Queues of pending signals. The caller holds the lock of the process that a queue belongs to. */
#ifndef BP_LINUX_SIGQUEUE_H
#define BP_LINUX_SIGQUEUE_H

#include "linux/sigstate.h"

/*
 * Makes a signal pending once more. Returns 0, or -EAGAIN when one sent with a value (sigqueue(3))
 * finds no room; one sent by kill(2) is pending without its siginfo then.
 */
int bp_sigqueue_add(struct bp_sigqueue *queue, struct bp_sigbudget *budget, int signal,
                    const siginfo_t *info);

/*
 * Appends a record of a timer, which is not queued. It leaves the queue by one of the functions
 * below.
 */
void bp_sigqueue_add_record(struct bp_sigqueue *queue, struct bp_sigrecord *record);

/*
 * Takes a pending signal out: its siginfo (oldest first), and the timer that sent it or NULL. The
 * timer may be gone by the time that anyone looks at it: see bp_sigtimer_taken.
 */
struct bp_sigtimer *bp_sigqueue_take(struct bp_sigqueue *queue, int signal, siginfo_t *info);

/* Drops all pending signals of a set. */
void bp_sigqueue_discard(struct bp_sigqueue *queue, u64 set);

/* Takes a timer's record out of whichever queue holds it, if this one does. */
void bp_sigqueue_remove_record(struct bp_sigqueue *queue, struct bp_sigrecord *record);

/* The host's RLIMIT_SIGPENDING, which programs start with. */
u64 bp_sigqueue_host_limit(void);

#endif
