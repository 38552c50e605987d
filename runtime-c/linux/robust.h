/* Robust futexes of threads that end: the list that set_robust_list(2) registers. */
#ifndef BP_LINUX_ROBUST_H
#define BP_LINUX_ROBUST_H

struct bp_task;

/* Marks the mutexes that the thread still holds with FUTEX_OWNER_DIED and wakes a waiter of each.
 */
void bp_robust_exit(struct bp_task *task);

#endif
