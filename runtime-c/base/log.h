/*
 * Messages of the runtime: one sentence that says what, where, and what to do. They go to the
 * host's stderr, prefixed with the binary's name. Formatting uses no libc and no locks, so that
 * handlers and fault reports may log.
 */
#ifndef BP_BASE_LOG_H
#define BP_BASE_LOG_H

#include "base/base.h"

#include <stdarg.h>

/*
 * A subset of snprintf: %s %.*s %c %d %u %ld %lu %lld %llu %zu %x %lx %llx %p %%, with '0', '-',
 * width and precision. Always terminates (size > 0); returns the length the whole text has, which
 * may exceed size - 1.
 */
int bp_vsnprintf(char *buf, size_t size, const char *fmt, va_list args);
int bp_snprintf(char *buf, size_t size, const char *fmt, ...) BP_PRINTF(3, 4);

/* Writes one line to stderr. The newline is added. */
void bp_log(const char *fmt, ...) BP_PRINTF(1, 2);

/* As bp_log, then ends the process: status 1 for a user's error, 3 for something that the machine
 * lacks. */
enum bp_exit_status {
    BP_EXIT_USER = 1,
    BP_EXIT_ENVIRONMENT = 3,
    BP_EXIT_BUG = 70,
    BP_EXIT_CANNOT_RUN = 126, /* as shells have it: a program that is there, */
    BP_EXIT_NOT_FOUND = 127,  /* and one that is not */
};
BP_NORETURN BP_COLD void bp_fatal(enum bp_exit_status status, const char *fmt, ...) BP_PRINTF(2, 3);

/* The prefix of every message; a static string. */
extern const char *bp_log_name;

#endif
