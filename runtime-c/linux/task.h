/*
 * Programs and their threads as Linux sees them: a bp_proc is a process, a bp_task one of its
 * threads. Several share one host process, so whatever Linux keeps per process and the host cannot
 * keep apart lives here: ids, working directory, umask, signal actions, limits, the address-space
 * slot and the descriptors.
 */
#ifndef BP_LINUX_TASK_H
#define BP_LINUX_TASK_H

#include "base/base.h"
#include "base/list.h"
#include "base/lock.h"
#include "entry/frame.h"
#include "linux/measured.h"
#include "linux/sigstate.h"
#include "memory/shared.h"
#include "memory/slot.h"
#include "sched/sched.h"

#include <sys/resource.h>

enum {
    BP_PATH_MAX = 4096,
    BP_COMM_LEN = 16,
};

/* The struct rlimit of getrlimit(2). */
struct bp_rlimit {
    u64 soft, hard;
};

struct bp_host_auxv;
struct bp_trace_call;

struct bp_proc {
    u32 app; /* index of the program in the configuration, and of its row of counters */
    u32 pid; /* of its stand-in process on the host, so unique there */
    u32 ppid;
    const char *name; /* from the configuration */
    struct bp_slot *slot;
    struct bp_shared_maps shared;
    struct bp_fdtable *fds;
    struct bp_list tasks; /* live threads */
    u32 task_count;
    struct bp_lock lock; /* tasks, exiting, status, signal state */
    bool exiting;        /* exit_group or a fatal signal: no thread returns to the program */
    int status;          /* as wait(2) reports it, once exiting */
    int cwd_fd;          /* O_PATH descriptor of the working directory */
    u32 umask;
    struct bp_rlimit rlimits[RLIM_NLIMITS]; /* linux/rlimit.h */
    u64 memory_limit;                       /* of the config, bytes; 0: none */
    u64 started;                            /* CLOCK_MONOTONIC ns */
    u64 run_tsc_dead;                       /* processor time of threads that are gone */
    bool traced;
    bool told_unknown; /* an unknown system call was reported */
    struct bp_sigactions sigactions;
    struct bp_sigqueue sigqueue; /* pending for the process */
    struct bp_sigbudget sigbudget;
    bool stopped;                 /* by SIGSTOP and the like: threads wait at their exits */
    struct bp_sigtimer *timers;   /* linux/sigtimer.h; guarded by its lock */
    struct bp_list children;      /* linux/child.h */
    struct bp_list child_waiters; /* threads in wait4 and waitid */
    struct rusage children_usage; /* of those waited for */
    struct bp_task *execing;      /* the thread that all others make room for */
    struct bp_helpers *undoers;   /* make its calls with SEM_UNDO; NULL: none yet (calls_sysv.c) */
    bool forked;                  /* alone in its host process, which is named by its pid */
    const struct bp_host_auxv *auxv;
    u64 namespaces;  /* forked: CLONE_NEW..., those that it has left its neighbours' for */
    u32 host_parent; /* forked: the host process whose child it is */
    char comm[BP_COMM_LEN];
    struct bp_measured measured; /* guarded by the slot's lock */
    u64 stack; /* first stack pointer; what it was set up with, each [start, end): */
    u64 args, args_end, env_end; /* the environment follows the arguments */
    u64 auxv_start, auxv_end;
    char exe[BP_PATH_MAX];                 /* absolute real path: /proc/self/exe */
    void (*on_exit)(struct bp_proc *proc); /* worker context, after the last thread is gone */
    void *owner;                           /* main's program record */
};

struct bp_task {
    struct bp_thread thread; /* first: the scheduler's part */
    struct bp_proc *proc;
    struct bp_list node; /* in proc->tasks */
    u32 tid;
    u64 clear_child_tid;
    u64 robust_list;
    bool leaving;                         /* set before its locks are handed on */
    u32 death_signal;                     /* prctl(2): PR_SET_PDEATHSIG, */
    bool keep_caps;                       /* PR_SET_KEEPCAPS, */
    bool no_new_privs;                    /* and PR_SET_NO_NEW_PRIVS */
    u64 timer_slack, timer_slack_default; /* PR_SET_TIMERSLACK, ns */
    const struct bp_seccomp *seccomp;     /* the newest filter of its calls (linux/seccomp.h), */
    bool seccomp_strict;                  /* or the mode without filters */
    struct bp_sigtask sig;
    struct bp_trace_call *call; /* traced: the call that it is in */
    char comm[BP_COMM_LEN];
    struct bp_context start; /* registers that a new thread begins with */
};

BP_INLINE struct bp_task *bp_current_task(void)
{
    return container_of(bp_current(), struct bp_task, thread);
}

BP_INLINE struct bp_proc *bp_current_proc(void)
{
    return bp_current_task()->proc;
}

/* A task of proc, not started: its thread will call entry(task). NULL when memory or the thread
 * table is exhausted. */
struct bp_task *bp_task_create(struct bp_proc *proc, void (*entry)(void *task));

/* Ends the current task, and its process when it is the last. Wakes joiners (clear_child_tid,
 * robust futexes). */
BP_NORETURN void bp_task_exit(void);

/*
 * Starts the end of a process: every thread leaves at its next entry or exit; those that wait are
 * interrupted. status is in the form of wait(2). The first call decides the status. Any worker.
 */
void bp_proc_exit(struct bp_proc *proc, int status);

/* The task of a thread id in any process, or NULL. Valid until the worker parks or returns to a
 * program. */
struct bp_task *bp_task_find(u32 tid);
struct bp_proc *bp_proc_find(u32 pid);
/* Any process; of a forked child, the only one. NULL when there is none. */
struct bp_proc *bp_proc_first(void);

/* All live processes, linked for iteration by callback; stops when fn returns true. */
void bp_proc_each(bool (*fn)(struct bp_proc *proc, void *arg), void *arg);

/* In a forked child: proc, with the current thread alone, is all there is. */
void bp_procs_forked(struct bp_proc *proc);

/* Called by main for each process it creates and when it is gone. */
int bp_proc_register(struct bp_proc *proc);
void bp_proc_unregister(struct bp_proc *proc);

/* In a forked child, whose host process is its own: prctl(2)'s settings become that process's. */
void bp_prctl_forked(struct bp_task *task);

#endif
