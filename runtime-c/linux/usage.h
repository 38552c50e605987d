/* Processor time of programs and threads. */
#ifndef BP_LINUX_USAGE_H
#define BP_LINUX_USAGE_H

#include "base/base.h"

/* Nanoseconds that the current process or thread has run. */
u64 bp_cpu_time(bool whole_process);

#endif
