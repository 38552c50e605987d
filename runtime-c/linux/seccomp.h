/*
 * seccomp(2): a thread's filters are run here, before the handlers of its calls, and never reach
 * the host, so that the runtime's own host calls, and the neighbours, are not bound by them. A
 * thread without filters pays nothing: one with filters has a table of handlers of its own.
 */
#ifndef BP_LINUX_SECCOMP_H
#define BP_LINUX_SECCOMP_H

#include "linux/task.h"

/* prctl(2): PR_SET_SECCOMP, PR_GET_SECCOMP. */
long bp_seccomp_set(u64 mode, u64 program);
long bp_seccomp_mode(const struct bp_task *task);
u32 bp_seccomp_filters(const struct bp_task *task);

/* For the current thread's call: true when it goes on, else *result is the call's. Does not return
 * when the thread ends. */
bool bp_seccomp_allows(u64 nr, const u64 args[6], long *result);

#endif
