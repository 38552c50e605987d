/*
 * `--trace`: system calls printed as strace does, one line a call, in the order in which they
 * return. A call that waits while another thread prints is shown in two parts, "<unfinished ...>"
 * and "<... resumed>".
 *
 * A line is made from the table (linux/syscalls.def) in the calling thread's own record, and is
 * written at once. Memory of the program is read by base/uaccess.h; whatever cannot be read is
 * shown as the address.
 */
#ifndef BP_LINUX_TRACE_H
#define BP_LINUX_TRACE_H

#include "base/base.h"
#include "base/list.h"
#include "linux/systable.h"

#include <signal.h>

enum {
    BP_TRACE_LINE = 2048
};

/* A call under way: on the handler stack of the thread that makes it, from enter to exit. */
struct bp_trace_call {
    struct bp_list node; /* among the calls that nothing was written of yet */
    const char *program;
    u32 tid;
    u64 nr;
    u64 args[BP_ARGS_MAX];
    u8 types[BP_ARGS_MAX]; /* of the arguments, as earlier arguments decide
                              (linux/trace_variants.def) */
    u8 returns;
    bool cut;  /* the first part was written already */
    bool full; /* more was to be shown than the line holds */
    long ret;
    u32 shown; /* the next argument for the line */
    u32 len, limit, first_len;
    char text[BP_TRACE_LINE];
};

/*
 * Before and after a call of the current thread; nr may be any number. After enter of a call that
 * does not return (exit, exit_group, rt_sigreturn) there is no exit. Any worker; a lock is held
 * while a line is written.
 */
void bp_trace_enter(struct bp_trace_call *call, const char *program, u32 tid, u64 nr,
                    const u64 *args);
void bp_trace_exit(struct bp_trace_call *call, long ret);

/* The call of that thread is an execve that has succeeded, and will not return. */
void bp_trace_exec(u32 tid);

/*
 * A line for a signal that is about to be handled or to end its process, and one for the end of a
 * thread, with its process's status as wait(2) reports it.
 */
void bp_trace_signal(const char *program, u32 tid, const siginfo_t *info);
void bp_trace_end(const char *program, u32 tid, int status);

/* Shows what is known of the calls under way: when nothing else will be printed for a while. Any
 * worker. */
void bp_trace_idle(void);

/* Where lines go: a descriptor of the host. */
extern int bp_trace_fd;

/* In a forked child: no call is under way but that of the thread that forks. */
void bp_trace_forked(u32 tid);

#endif
