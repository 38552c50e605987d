/*
 * The launcher: reads its tables, brings the workers up, starts the programs, and then waits for
 * what concerns all of them: endings, signals, requests of the owner. The main thread runs no
 * program and uses no processor time while nothing happens.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/stats.h"
#include "entry/entry.h"
#include "linux/child.h"
#include "linux/signal.h"
#include "linux/socket_upcalls.h"
#include "main/app.h"
#include "main/args.h"
#include "main/control.h"
#include "main/nics.h"
#include "main/rundir.h"
#include "main/standin.h"
#include "main/tables.h"
#include "memory/arena.h"
#include "memory/node.h"
#include "memory/pool.h"
#include "sched/futex.h"
#include "sched/process.h"
#include "sched/worker.h"
#include "socket/attachment.h"
#include "socket/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static struct bp_args args;
static const struct bp_app *until;
static bool ending; /* we were told to end, or the program that decides has */

/* ---- start ---- */

static struct bp_host_auxv host_auxv(void)
{
    struct bp_host_auxv auxv;
    int ret = bp_host_auxv_read(&auxv);

    if (ret)
        bp_fatal(BP_EXIT_ENVIRONMENT, "cannot read /proc/self/auxv (%s); mount /proc",
                 strerror(-ret));
    return auxv;
}

static void *worker_thread(void *arg)
{
    bp_worker_run(arg, bp_entry_arm);
}

enum {
    WORKER_STACK = 2 << 20
};

/* Its stack is on its own node; libc would make and touch it here. */
static int create_thread(struct bp_worker *worker)
{
    pthread_attr_t attributes;
    pthread_t thread;
    int ret;

    pthread_attr_init(&attributes);
    if (BP_NUMA) {
        char *stack = bp_node_map("worker stacks", WORKER_STACK, worker->pc.node);

        if (!stack || mprotect(stack, BP_PAGE_SIZE, PROT_NONE))
            return ENOMEM;
        pthread_attr_setstack(&attributes, stack + BP_PAGE_SIZE, WORKER_STACK - BP_PAGE_SIZE);
    }
    ret = pthread_create(&thread, &attributes, worker_thread, worker);
    pthread_attr_destroy(&attributes);
    return ret;
}

static void start_workers(void)
{
    int cores[BP_WORKERS_MAX] = {-1};
    u32 count = 1;

    if (args.core_count) {
        count = args.core_count;
        memcpy(cores, args.cores, sizeof(cores));
    } else if (bp_worker_count) {
        count = bp_worker_count;
        for (u32 i = 0; i < count; i++)
            cores[i] = (int)bp_worker_cores[i];
    }
    if (bp_workers_init(cores, count))
        bp_fatal(BP_EXIT_ENVIRONMENT,
                 "cannot prepare %u workers: the CPU has no XSAVE, or there is no memory; "
                 "`bypassgen doctor` tells",
                 count);
    bp_main_nics_serve();
    for (u32 i = 0; i < count; i++) {
        int err = create_thread(bp_workers[i]);

        if (err)
            bp_fatal(BP_EXIT_ENVIRONMENT,
                     "cannot create a worker's thread (%s); raise the limits on processes and "
                     "memory (ulimit -u, ulimit -v)",
                     strerror(err));
    }
}

/* The host's limit holds for all programs together: take all there is. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (!getrlimit(RLIMIT_NOFILE, &limit)) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void start_apps(void)
{
    for (u32 i = 0; i < bp_app_count; i++) {
        struct bp_app *app = &bp_apps[i];
        bool wanted = args.only ? bp_list_has(args.only, app->config.name) : app->config.autostart;
        int ret = wanted ? bp_app_start(app) : 0;
        char why[256];

        if (!ret)
            continue;
        bp_app_why_not(app, ret, why, sizeof(why));
        bp_fatal(bp_app_refusal(ret), "%s: %s", app->config.name, why);
    }
}

static void find_until(void)
{
    if (!args.until)
        return;
    until = !strcmp(args.until, "last") && bp_app_count ? &bp_apps[bp_app_count - 1]
                                                        : bp_app_find(args.until);
    if (!until)
        bp_fatal(BP_EXIT_USER,
                 "--until=%s: there is no such program; name one of the config's, or 'last'",
                 args.until);
}

/* ---- waiting ---- */

/* Signals for the runtime: of its owner, and of its children. */
static const int taken[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGCHLD};
static volatile sig_atomic_t came[ARRAY_SIZE(taken)];

static void note_signal(int signal)
{
    for (u32 i = 0; i < ARRAY_SIZE(taken); i++) {
        if (taken[i] == signal)
            came[i] = 1;
    }
}

/*
 * They come to the main thread, while it waits. A signal descriptor will not do: whoever waits at
 * one is woken by every signal of the process, and each trapped call is one.
 */
static void take_signals(void)
{
    struct sigaction note = {.sa_handler = note_signal};
    sigset_t set;

    sigemptyset(&set);
    for (u32 i = 0; i < ARRAY_SIZE(taken); i++)
        sigaddset(&set, taken[i]);
    pthread_sigmask(SIG_SETMASK, &set, NULL); /* for the workers too: these are ours alone */
    for (u32 i = 0; i < ARRAY_SIZE(taken); i++)
        sigaction(taken[i], &note, NULL);
}

static void signal_all(int signal)
{
    for (u32 i = 0; i < bp_app_count; i++) {
        if (bp_app_lives(&bp_apps[i]))
            bp_app_signal(&bp_apps[i], signal);
    }
}

/* Programs that handle the signal may take their time, and those that ignore it stay. */
static void end_all(int signal)
{
    ending = true;
    for (u32 i = 0; i < bp_app_count; i++)
        bp_app_end(&bp_apps[i], signal);
}

static bool any_running(void)
{
    for (u32 i = 0; i < bp_app_count; i++) {
        if (bp_apps[i].state != BP_APP_STOPPED)
            return true;
    }
    return false;
}

static void on_signal(int signal)
{
    if (signal == SIGCHLD)
        bp_apps_look_at_children();
    else if (signal == SIGINT || signal == SIGTERM || signal == SIGQUIT)
        end_all(signal);
    else
        signal_all(signal);
}

/* What came during the wait. */
static void on_signals(void)
{
    for (u32 i = 0; i < ARRAY_SIZE(taken); i++) {
        if (came[i]) {
            came[i] = 0;
            on_signal(taken[i]);
        }
    }
}

static void take_standin(struct bp_app *app)
{
    struct bp_standin_signal signal;
    int ret;

    while ((ret = bp_standin_read(app->signal_fd, &signal)) == 1)
        bp_app_signal_from(app, &signal);
    if (ret == -EPIPE) { /* kill -9 of the pid that ps shows */
        close(app->signal_fd);
        app->signal_fd = -1;
        bp_app_signal(app, SIGKILL);
    }
}

/* While a program waits for others to listen. */
enum {
    LOOK_AGAIN_MS = 5
};

/* What the main thread waits for, in the order of the array that it polls. */
enum {
    POLL_ENDINGS,
    POLL_CONTROL,
    POLL_STANDINS = POLL_CONTROL + BP_CONTROL_CLIENTS + 1,
    POLL_MAX = POLL_STANDINS + BP_APPS_MAX,
};

/* When there is something to look at again though nothing has happened; 0: never. */
static u32 look_again_ms(void)
{
    u32 links = bp_main_nics_watch();

    return bp_apps_start_waiting() ? LOOK_AGAIN_MS : links;
}

/* One round: everything that may have happened. */
static void wait_once(void)
{
    u32 again = look_again_ms();
    struct timespec timeout = {.tv_sec = again / 1000, .tv_nsec = again % 1000 * 1000000L};
    sigset_t none;
    int ready;
    struct pollfd fds[POLL_MAX] = {
        [POLL_ENDINGS] = {.fd = bp_apps_event_fd(), .events = POLLIN},
    };

    bp_control_poll(&fds[POLL_CONTROL]);
    for (u32 i = 0; i < bp_app_count; i++)
        fds[POLL_STANDINS + i] = (struct pollfd){
            .fd = bp_app_lives(&bp_apps[i]) ? bp_apps[i].signal_fd : -1, .events = POLLIN};
    sigemptyset(&none);
    ready = ppoll(fds, POLL_STANDINS + bp_app_count, again ? &timeout : NULL, &none);
    on_signals();
    if (ready < 0)
        return;
    for (u32 i = 0; i < bp_app_count; i++) {
        if (fds[POLL_STANDINS + i].revents)
            take_standin(&bp_apps[i]);
    }
    if (fds[POLL_ENDINGS].revents)
        bp_apps_take_events();
    if (bp_control_take(&fds[POLL_CONTROL]))
        end_all(SIGTERM);
}

/* A binary with a control socket stays when all its programs have ended, as long as it was not told
 * to end. */
static void run_until_done(bool controlled)
{
    while (any_running() || (controlled && !ending && !until && !BP_PROGRAMS_GIVEN)) {
        wait_once();
        if (until && until->state == BP_APP_STOPPED && !ending)
            end_all(SIGTERM);
    }
}

/* The status of the program that decides, else of the last one that failed. */
static int exit_status(void)
{
    int status = until ? until->status : 0;

    for (u32 i = 0; !until && i < bp_app_count; i++)
        status = bp_apps[i].status ? bp_apps[i].status : status;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void open_control(const char *run_dir, int stats_fd)
{
    int ret = bp_control_init(run_dir, stats_fd);

    if (ret == -EADDRINUSE)
        bp_fatal(BP_EXIT_USER,
                 "%s is running already in %s; stop it first, or choose another --run-dir",
                 bp_runtime_name, run_dir);
    if (ret)
        bp_fatal(BP_EXIT_ENVIRONMENT,
                 "cannot open the control socket in %s (%s); choose another --run-dir", run_dir,
                 strerror(-ret));
}

static int probe(const struct bp_host_auxv *auxv)
{
    printf("{\"format_version\":1,\"sud\":%s,\"fsgsbase\":%s}\n",
           bp_host_has_sud() ? "true" : "false",
           auxv->hwcap2 & BP_HWCAP2_FSGSBASE ? "true" : "false");
    return 0;
}

int main(int argc, char **argv)
{
    static const struct bp_entry_upcalls upcalls = {
        .exit_work = bp_signal_exit_work,
        .interrupted = bp_signal_interrupted,
        .faulted = bp_signal_faulted,
    };
    struct bp_host_auxv auxv = host_auxv();
    int stats_fd, run_dir_fd = AT_FDCWD;
    const char *run_dir = NULL;

    bp_standin_main(argc, argv);
    bp_log_name = bp_runtime_name;
    bp_args_parse(&args, argc, argv);
    if (args.probe)
        return probe(&auxv);
    if (args.nics)
        return bp_main_nics_report();
    raise_descriptor_limit();
    bp_clock_init(auxv.vdso);
    bp_arena_init();
    if (bp_pool_init() || bp_process_init() || bp_futex_init())
        bp_fatal(BP_EXIT_ENVIRONMENT, "no memory for the arena's tables; raise the limit on "
                                      "address space (ulimit -v) or policy.arena.sizeMiB");
    if (bp_entry_init(&upcalls, auxv.hwcap2))
        return BP_EXIT_ENVIRONMENT;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    bp_children_init();
    bp_socket_init(&bp_linux_socket_upcalls);
    if (args.run_dir || !BP_GENERIC)
        run_dir = bp_rundir_open(args.run_dir, bp_runtime_name, &run_dir_fd);
    bp_apps_init(&args, &auxv, run_dir_fd);
    stats_fd = bp_stats_init(BP_WORKERS_MAX, bp_app_count);
    for (u32 i = 0; i < bp_app_count; i++)
        bp_stats_set_app_name(i, bp_apps[i].config.name);
    if (run_dir) {
        bp_attachments_init(); /* without, attaching is refused */
        open_control(run_dir, stats_fd);
    }
    find_until();
    take_signals();
    bp_main_nics_open();
    start_workers();
    start_apps();
    run_until_done(run_dir != NULL);
    bp_main_nics_linger();
    bp_control_close();
    return exit_status();
}
