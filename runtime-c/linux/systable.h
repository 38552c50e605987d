/* The table of system calls (linux/syscalls.def) as data, and the dispatch arrays made from it. */
#ifndef BP_LINUX_SYSTABLE_H
#define BP_LINUX_SYSTABLE_H

#include "base/base.h"
#include "entry/entry.h"

/* Types of arguments: see linux/args.def. */
enum bp_arg_type {
    BP_ARG_END,
#define BP_ARG(type, when, printer, detail) BP_ARG_##type,
#include "linux/args.def"
#undef BP_ARG
    BP_ARG_TYPES
};

/* How a result is shown. */
enum bp_returns {
    BP_RETURNS_NUM,
    BP_RETURNS_FD,
    BP_RETURNS_HEX,
    BP_RETURNS_OCT,
    BP_RETURNS_NEVER,    /* the call does not come back */
    BP_RETURNS_POLLED,   /* a number, and the descriptors that are ready */
    BP_RETURNS_SELECTED, /* the same for select(2) */
    BP_RETURNS_OFLAGS,
    BP_RETURNS_FDFLAGS,
};

enum bp_disposition {
    BP_UNKNOWN, /* no such call: ENOSYS, noted once for each program */
    BP_CALL_EMULATED,
    BP_CALL_HOST_FAST, /* never waits: made on the worker */
    BP_CALL_HOST_SLOW, /* made by a helper thread */
    BP_CALL_HOST_AT,   /* takes paths; made on the worker */
    BP_CALL_REFUSED,
};

/* Numbers of all calls of the table, those that the system's headers do not know yet included. */
enum bp_nr {
#define BP_EMULATED(nr, call, ...) BP_NR_##call = nr,
#define BP_HOST(nr, call, ...) BP_NR_##call = nr,
#define BP_HOST_AT(nr, call, ...) BP_NR_##call = nr,
#define BP_REFUSED(nr, call, ...) BP_NR_##call = nr,
#include "linux/syscalls.def"
#undef BP_EMULATED
#undef BP_HOST
#undef BP_HOST_AT
#undef BP_REFUSED
};

enum {
    BP_ARGS_MAX = 6
};

struct bp_syscall_info {
    const char *name;   /* NULL: unknown */
    const char *reason; /* REFUSED */
    u8 disposition;     /* enum bp_disposition */
    u8 returns;         /* enum bp_returns */
    u8 error;           /* REFUSED: errno */
    u16 host_nr;        /* HOST_*: the call that the kernel gets */
    u16 last;           /* HOST_AT: its argument after the program's */
    struct {
        u8 type; /* enum bp_arg_type */
        const char *name;
    } args[BP_ARGS_MAX];
};

extern const struct bp_syscall_info bp_syscalls[BP_CALLS + 1];

/* The handlers of a program's calls: BP_CALLS + 1 entries. */
void *const *bp_calls_of(bool traced);

/* A handler, whatever its own argument list: all arguments are words. */
typedef long (*bp_handler)(u64, u64, u64, u64, u64, u64);

#endif
