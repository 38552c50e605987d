/* The table of system calls (syscalls.def) as data, and the dispatch arrays made from it. */
#ifndef BP_LINUX_SYSTABLE_H
#define BP_LINUX_SYSTABLE_H

#include "base/base.h"
#include "entry/entry.h"

enum bp_arg_type {
    BP_ARG_NONE,
    BP_ARG_FD,    /* a descriptor of the program */
    BP_ARG_DIRFD, /* the same, or AT_FDCWD; the path behind it starts there */
    BP_ARG_PATH,
    BP_ARG_STR,
    BP_ARG_IN,  /* bytes to read; their number is the next argument */
    BP_ARG_OUT, /* bytes to fill; their number is the result */
    BP_ARG_PTR,
    BP_ARG_INT,
    BP_ARG_UINT,
    BP_ARG_LONG,
    BP_ARG_SIZE,
    BP_ARG_HEX,
    BP_ARG_MODE, /* octal */
    BP_ARG_SIG,
    BP_ARG_TS,       /* struct timespec */
    BP_ARG_SOCKADDR, /* length is the next argument */
    BP_ARG_OFLAGS,
    BP_ARG_PROT,
    BP_ARG_MFLAGS,
    BP_ARG_AF,
    BP_ARG_STYPE,
    BP_ARG_FUTEX,
    BP_ARG_FCNTL,
    BP_ARG_EPOP,
    BP_ARG_EPEVENT,
};

enum bp_disposition {
    BP_UNKNOWN, /* no such call: ENOSYS, noted once for each program */
    BP_CALL_EMULATED,
    BP_CALL_HOST,      /* never blocks: made on the worker */
    BP_CALL_HOST_SLOW, /* made by a helper thread */
    BP_CALL_REFUSED,
};

enum {
    BP_ARGS_MAX = 6
};

struct bp_syscall_info {
    const char *name; /* NULL: unknown */
    const char *reason;
    u8 disposition;
    u8 error; /* REFUSED: errno */
    struct {
        u8 type;
        const char *name;
    } args[BP_ARGS_MAX];
};

extern const struct bp_syscall_info bp_syscalls[BP_CALLS + 1];

/* The handlers of a program's calls: BP_CALLS + 1 entries. */
void *const *bp_calls_of(bool traced);

/* A handler, whatever its own argument list: all arguments are words. */
typedef long (*bp_handler)(u64, u64, u64, u64, u64, u64);

#endif
