/*
 * Thread ids. That of a program's first thread is its pid; others are numbers of the runtime, above
 * every pid of the host and unique over all its processes, which find by them whose they are.
 */
#ifndef BP_SCHED_TID_H
#define BP_SCHED_TID_H

#include "base/base.h"

/* Once, in the launcher, after the arena. Returns 0 or -ENOMEM. */
int bp_tids_init(void);

/* A new id for a thread of program pid; 0 when there are too many threads. */
u32 bp_tid_take(u32 pid);
/* It may be another's from now on. Of a pid: nothing. */
void bp_tid_give(u32 tid);

/* The program of a thread with such an id, in whatever process; 0: there is none. */
u32 bp_tid_program(u32 tid);

/* A process with one program has ended, and may have left some. */
void bp_tids_bury(u32 pid);

#endif
