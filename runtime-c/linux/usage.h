/*
 * Processor time of programs and threads in nanoseconds, time inside the runtime included. A thread
 * that runs on another worker counts up to its last switch.
 */
#ifndef BP_LINUX_USAGE_H
#define BP_LINUX_USAGE_H

#include "linux/task.h"

/* Of the current process or thread. */
u64 bp_cpu_time(bool whole_process);

u64 bp_task_cpu_time(const struct bp_task *task);

/*
 * A clock of processor time by its number: CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID, or
 * one of the numbers that clock_getcpuclockid(3) and pthread_getcpuclockid(3) make of an id. *tid
 * becomes 0 for a whole process. Returns the process, current or other, or NULL when the number is
 * none or names nobody.
 */
struct bp_proc *bp_cpu_clock(int clock, u32 *tid);

/* Not with the process locked: these lock it. */
u64 bp_proc_cpu_time(struct bp_proc *proc);
/* 0 when the process has no such thread. */
u64 bp_tid_cpu_time(struct bp_proc *proc, u32 tid);

#endif
