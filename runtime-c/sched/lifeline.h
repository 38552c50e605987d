/*
 * What ends a forked process with its runtime: a pipe of which the launcher alone holds the writing
 * end. Each forked process has an open file description of its own of the reading end, for which
 * the host sends SIGKILL (fcntl(2), F_SETSIG) when the last writer has gone, however that came.
 * So also processes end that are stopped, or that never make a system call.
 */
#ifndef BP_SCHED_LIFELINE_H
#define BP_SCHED_LIFELINE_H

/* In the launcher, before the first fork. Returns 0 or a negative errno of pipe2(2), open(2). */
int bp_lifeline_init(void);

/*
 * In a forked process, once it has closed what it does not need. Ends the process when the launcher
 * has gone already. Returns 0 or a negative errno; then the process is not to go on.
 */
int bp_lifeline_hold(void);

/* Descriptors that a forked process keeps: calls fn for each. */
void bp_lifeline_each(void (*fn)(int fd, void *arg), void *arg);

#endif
