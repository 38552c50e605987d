/* The report of a program that a fault or an abort ended. */
#ifndef BP_LINUX_REPORT_H
#define BP_LINUX_REPORT_H

#include "linux/task.h"

#include <signal.h>

/*
 * Logs what happened, where, and the registers, a few lines in all. Reads the program's memory with
 * care: it may be what is broken. Current thread.
 */
void bp_report_crash(const struct bp_task *task, const struct bp_context *context,
                     const siginfo_t *info);

/* "SIGSEGV"; "signal" for the others: real-time signals and numbers that are none. */
const char *bp_signal_name(int signal);

#endif
