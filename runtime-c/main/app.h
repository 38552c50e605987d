/*
 * The programs of this binary, as its owner sees them: configured, started, stopped, ended. All
 * functions run on the main thread; what a worker must do is posted to it, and what ended there
 * comes back through bp_apps_take_events.
 */
#ifndef BP_MAIN_APP_H
#define BP_MAIN_APP_H

#include "base/base.h"
#include "linux/start.h"
#include "main/args.h"
#include "main/standin.h"
#include "main/tables.h"
#include "sched/worker.h"

enum bp_app_state {
    BP_APP_STOPPED, /* never started, or ended */
    BP_APP_WAITING, /* for others to listen (wait_for), or for its turn to be restarted */
    BP_APP_RUNNING,
    BP_APP_STOPPING, /* asked to end by its owner */
};

struct bp_app {
    struct bp_app_config config;
    u32 index;
    enum bp_app_state state;
    bool ended_once;
    int status; /* of its last run, as wait(2) */
    u32 starts;
    u64 not_before; /* WAITING: CLOCK_MONOTONIC ns */
    u64 started;    /* CLOCK_MONOTONIC ns of the last start */
    u64 backoff;    /* ns between a failure and the next restart; doubles while it fails soon */
    int pid;        /* of its stand-in */
    int signal_fd;  /* of its stand-in */
    struct bp_proc *proc; /* worker's; NULL when not running */
    struct bp_start_request request;
    struct bp_work start_work;
    char path[BP_PATH_MAX];
    const char *const *env;
    int log_fd;
    bool traced;
};

extern struct bp_app bp_apps[BP_APPS_MAX];
extern u32 bp_app_count;

/* Builds the list from the tables or, in the generic binary, from the command line. */
void bp_apps_init(const struct bp_args *args, const struct bp_host_auxv *auxv, int run_dir_fd);

/*
 * Starts a program, or lets it wait for those that it waits for. Returns 0, or -EALREADY, -ENOENT
 * and -EACCES (program file), -EAGAIN (no stand-in process).
 */
int bp_app_start(struct bp_app *app);

/* bp_app_start()'s error as an exit code, 126 or 127; and what it means and what to do, as the end
 * of a sentence. */
int bp_app_refusal(int error);
void bp_app_why_not(const struct bp_app *app, int error, char *buf, size_t size);

/*
 * Starts the waiting ones whose turn has come. Returns true while some still wait: call again soon,
 * then.
 */
bool bp_apps_start_waiting(void);

/* Sends a signal to the program, as from ourselves or as it reached the stand-in. */
void bp_app_signal(struct bp_app *app, int signal);
void bp_app_signal_from(struct bp_app *app, const struct bp_standin_signal *signal);

/* SIGCHLD came: a program's child may have stopped or gone on. */
void bp_apps_look_at_children(void);

/* Asks the program to end, by a signal, and to stay ended: one that only waits is stopped at once.
 */
void bp_app_end(struct bp_app *app, int signal);

/* True from its start until its end was taken note of. */
bool bp_app_lives(const struct bp_app *app);

/* A descriptor that polls readable when programs ended; then bp_apps_take_events updates their
 * states. */
int bp_apps_event_fd(void);
void bp_apps_take_events(void);

struct bp_app *bp_app_find(const char *name);

#endif
