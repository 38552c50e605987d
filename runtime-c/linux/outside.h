/*
 * Signals that reach the host process of a forked program from outside: kill(1), its parent, the
 * terminal. They become the program's virtual ones. (The launcher's process gets its own in main,
 * and passes them on.)
 */
#ifndef BP_LINUX_OUTSIDE_H
#define BP_LINUX_OUTSIDE_H

/* In a forked child, on its only worker. */
void bp_outside_signals_init(void);

#endif
