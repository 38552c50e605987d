#include "main/app.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/stats.h"
#include "linux/child.h"
#include "linux/outside.h"
#include "linux/signal.h"
#include "linux/trace_names.h"
#include "loader/search.h"
#include "main/listening.h"
#include "main/standin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

/* Pauses between restarts, and how long a run counts as healthy. */
#define BACKOFF_FIRST_NS (100 * BP_NSEC_PER_MSEC)
#define BACKOFF_LAST_NS (30 * BP_NSEC_PER_SEC)
#define HEALTHY_NS (10 * BP_NSEC_PER_SEC)

struct bp_app bp_apps[BP_APPS_MAX];
u32 bp_app_count;

static int event_fd;
static int log_dir_fd;
static u32 inherited_umask; /* what programs begin with */
static const struct bp_host_auxv *host_auxv;

/* Programs that ended, from the workers: newest first. */
struct ending {
    struct ending *next;
    struct bp_app *app;
    int status;
};
static struct ending *endings;

/* ---- the list ---- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* The environment of a program: the runtime's, with the config's values added or in their place. */
static const char *const *merge_environment(const char *const *extra)
{
    extern char **environ;
    size_t own = 0, added = 0, count = 0;

    while (environ[own])
        own++;
    while (extra && extra[added])
        added++;
    const char **merged = calloc(own + added + 1, sizeof(*merged));
    if (!merged)
        bp_fatal(BP_EXIT_ENVIRONMENT, "no memory for the environment of a program; raise the limit "
                                      "on address space (ulimit -v)");
    for (size_t i = 0; i < own; i++) {
        size_t name = strcspn(environ[i], "=") + 1;
        bool replaced = false;

        for (size_t j = 0; j < added; j++)
            replaced |= !strncmp(environ[i], extra[j], name);
        if (!replaced)
            merged[count++] = environ[i];
    }
    for (size_t j = 0; j < added; j++)
        merged[count++] = extra[j];
    return merged;
}

static void add_app(const struct bp_app_config *config)
{
    struct bp_app *app = &bp_apps[bp_app_count];

    *app = (struct bp_app){.config = *config, .index = bp_app_count++, .log_fd = -1};
    app->env = merge_environment(config->env);
}

/* A program of the command line is named after its file; a second one of that name gets a number.
 */
static void add_given(char **argv)
{
    const char *name = base_name(argv[0]);
    char *unique = malloc(strlen(name) + 8);
    int number = 1;

    if (!unique)
        bp_fatal(
            BP_EXIT_ENVIRONMENT,
            "no memory for the list of programs; raise the limit on address space (ulimit -v)");
    sprintf(unique, "%s", name);
    while (bp_app_find(unique))
        sprintf(unique, "%s-%d", name, ++number);
    add_app(&(struct bp_app_config){
        .name = unique, .argv = (const char *const *)argv, .autostart = true});
}

void bp_apps_init(const struct bp_args *args, const struct bp_host_auxv *auxv, int run_dir_fd)
{
    host_auxv = auxv;
    log_dir_fd = run_dir_fd;
    inherited_umask = umask(0);
    event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (event_fd < 0)
        bp_fatal(BP_EXIT_ENVIRONMENT,
                 "cannot open an event descriptor (%s); raise the limit on open files (ulimit -n)",
                 strerror(errno));
    for (u32 i = 0; i < bp_app_config_count; i++)
        add_app(&bp_app_configs[i]);
    for (u32 i = 0; i < args->program_count; i++)
        add_given(args->programs[i]);
    for (u32 i = 0; i < bp_app_count; i++)
        bp_apps[i].traced = args->trace_all || bp_list_has(args->trace, bp_apps[i].config.name);
}

struct bp_app *bp_app_find(const char *name)
{
    for (u32 i = 0; i < bp_app_count; i++) {
        if (!strcmp(bp_apps[i].config.name, name))
            return &bp_apps[i];
    }
    return NULL;
}

bool bp_app_lives(const struct bp_app *app)
{
    return app->state == BP_APP_RUNNING || app->state == BP_APP_STOPPING;
}

/* ---- endings ---- */

static void push_ending(struct bp_app *app, int status)
{
    struct ending *ending = malloc(sizeof(*ending));
    u64 one = 1;

    if (!ending)
        bp_fatal(BP_EXIT_ENVIRONMENT,
                 "no memory to report the end of %s; raise the limit on address space (ulimit -v)",
                 app->config.name);
    *ending = (struct ending){.app = app, .status = status};
    ending->next = __atomic_load_n(&endings, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&endings, &ending->next, ending, true, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED))
        ;
    if (write(event_fd, &one, sizeof(one)) != sizeof(one))
        bp_fatal(BP_EXIT_BUG, "the event descriptor is full");
}

/* Worker context: no thread of the program is left. The libc may be used here. */
static void on_exit_of(struct bp_proc *proc)
{
    struct bp_app *app = proc->owner;
    int status = proc->status;

    WRITE_ONCE(app->proc, NULL);
    bp_proc_free(proc);
    push_ending(app, status);
}

/* A failed program comes back after a pause, if its config says so and nobody stopped it. */
static void plan_restart(struct bp_app *app)
{
    bool stopped = app->state == BP_APP_STOPPING;
    u64 now = bp_now();

    app->state = BP_APP_STOPPED;
    if (app->config.restart != BP_RESTART_ON_FAILURE || stopped || !app->status)
        return;
    app->backoff = now - app->started > HEALTHY_NS ? BACKOFF_FIRST_NS
                                                   : BP_MIN(app->backoff * 2, (u64)BACKOFF_LAST_NS);
    app->not_before = now + app->backoff;
    app->state = BP_APP_WAITING;
    bp_log("%s failed (status %d); it starts again in %llu ms", app->config.name, app->status,
           app->backoff / BP_NSEC_PER_MSEC);
}

int bp_apps_event_fd(void)
{
    return event_fd;
}

void bp_apps_take_events(void)
{
    struct ending *ending = __atomic_exchange_n(&endings, NULL, __ATOMIC_ACQUIRE);
    u64 drained;

    if (read(event_fd, &drained, sizeof(drained)) < 0 && errno != EAGAIN)
        bp_log("endings of programs cannot be read: %s; please report it with this line",
               strerror(errno));
    while (ending) {
        struct ending *next = ending->next;
        struct bp_app *app = ending->app;

        bp_standin_stop(app->pid, app->signal_fd);
        app->ended_once = true;
        app->status = ending->status;
        plan_restart(app);
        free(ending);
        ending = next;
    }
}

/* ---- starting ---- */

static void start_on_worker(struct bp_work *work)
{
    struct bp_app *app = container_of(work, struct bp_app, start_work);
    char why[256];
    struct bp_proc *proc = bp_proc_start(&app->request, why, sizeof(why));

    if (!proc) {
        bp_log("%s: cannot start: %s", app->config.name, why);
        push_ending(app, BP_EXIT_CANNOT_RUN << 8);
        return;
    }
    WRITE_ONCE(app->proc, proc);
}

/* Where the program's output goes. */
static int open_log(struct bp_app *app)
{
    if (!app->config.log || app->log_fd >= 0)
        return 0;
    app->log_fd =
        openat(log_dir_fd, app->config.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    return app->log_fd < 0 ? -errno : 0;
}

static int start_now(struct bp_app *app)
{
    int ret = open_log(app);

    if (ret)
        return ret;
    ret = bp_find_program(app->config.argv[0], getenv("PATH"), app->path, sizeof(app->path));
    if (ret)
        return ret;
    app->pid = bp_standin_start(app->config.name, app->config.argv, &app->signal_fd);
    if (app->pid < 0)
        return app->pid;
    int out = app->log_fd >= 0 ? app->log_fd : 1, err = app->log_fd >= 0 ? app->log_fd : 2;
    app->request = (struct bp_start_request){
        .app = app->index,
        .pid = (u32)app->pid,
        .ppid = (u32)getpid(),
        .name = app->config.name,
        .path = app->path,
        .argv = app->config.argv,
        .envp = app->env,
        .cwd = app->config.cwd,
        .umask = inherited_umask,
        .memory_limit = app->config.memory_limit,
        .stdio = {0, out, err},
        .traced = app->traced,
        .auxv = host_auxv,
        .on_exit = on_exit_of,
        .owner = app,
    };
    app->start_work.run = start_on_worker;
    app->state = BP_APP_RUNNING;
    app->started = bp_now();
    app->starts++;
    bp_stats_app_row(app->index)[BP_APP_STAT_STARTS]++;
    bp_worker_post(bp_workers[app->config.worker % bp_nr_workers], &app->start_work);
    return 0;
}

static bool may_start(const struct bp_app *app)
{
    const u16 *index = app->config.wait_for;

    if (bp_now() < app->not_before)
        return false;
    for (; index && *index != BP_NO_APP; index++) {
        if (!bp_app_lives(&bp_apps[*index]) || !bp_app_listens(&bp_apps[*index].config))
            return false;
    }
    return true;
}

int bp_app_start(struct bp_app *app)
{
    if (bp_app_lives(app))
        return -EALREADY;
    app->not_before = 0;
    app->backoff = BACKOFF_FIRST_NS / 2;
    if (may_start(app))
        return start_now(app);
    app->state = BP_APP_WAITING;
    return 0;
}

int bp_app_refusal(int error)
{
    return error == -ENOENT ? BP_EXIT_NOT_FOUND : BP_EXIT_CANNOT_RUN;
}

void bp_app_why_not(const struct bp_app *app, int error, char *buf, size_t size)
{
    const char *name = app->config.argv[0], *text = bp_errno_text(-error);

    if (error == -EALREADY)
        bp_snprintf(buf, size, "it runs already");
    else if (error == -ENOENT && strchr(name, '/'))
        bp_snprintf(buf, size, "there is no file '%s'", name);
    else if (error == -ENOENT)
        bp_snprintf(buf, size, "no program '%s' in PATH; install it or give its path", name);
    else if (error == -EACCES)
        bp_snprintf(buf, size, "'%s' is no file that this user may execute; see its mode (chmod)",
                    name);
    else
        bp_snprintf(buf, size, "cannot start '%s': %s", name, text ? text : "unknown error");
}

bool bp_apps_start_waiting(void)
{
    bool some_wait = false;

    for (u32 i = 0; i < bp_app_count; i++) {
        struct bp_app *app = &bp_apps[i];
        char why[256];
        int error;

        if (app->state != BP_APP_WAITING)
            continue;
        if (!may_start(app)) {
            some_wait = true;
        } else if ((error = start_now(app))) {
            app->state = BP_APP_STOPPED;
            app->status = bp_app_refusal(error) << 8;
            bp_app_why_not(app, error, why, sizeof(why));
            bp_log("%s: %s", app->config.name, why);
        }
    }
    return some_wait;
}

/* ---- signals ---- */

struct signal_work {
    struct bp_work work;
    struct bp_app *app;
    siginfo_t info;
};

static void signal_on_worker(struct bp_work *work)
{
    struct signal_work *request = container_of(work, struct signal_work, work);

    if (request->app->proc)
        bp_outside_deliver(request->app->proc, &request->info);
    free(request);
}

static u32 children_posted;

static void look_at_children(struct bp_work *work)
{
    (void)work;
    __atomic_store_n(&children_posted, 0, __ATOMIC_SEQ_CST);
    bp_children_changed();
}

void bp_apps_look_at_children(void)
{
    static struct bp_work work = {.run = look_at_children};

    if (__atomic_exchange_n(&children_posted, 1, __ATOMIC_SEQ_CST))
        return;
    bp_worker_post(bp_workers[0], &work);
    bp_worker_kick(bp_workers[0]);
}

void bp_app_signal_from(struct bp_app *app, const struct bp_standin_signal *signal)
{
    struct bp_worker *worker = bp_workers[app->config.worker % bp_nr_workers];
    struct signal_work *request = calloc(1, sizeof(*request));

    if (!request)
        return;
    request->work.run = signal_on_worker;
    request->app = app;
    request->info.si_signo = signal->signal;
    request->info.si_code = signal->code;
    request->info.si_errno = signal->error;
    request->info.si_pid = signal->pid;
    request->info.si_uid = (u32)signal->uid;
    request->info.si_value.sival_ptr = signal->value;
    bp_worker_post(worker, &request->work);
    bp_worker_kick(worker);
}

void bp_app_signal(struct bp_app *app, int signal)
{
    bp_app_signal_from(
        app, &(struct bp_standin_signal){signal, SI_USER, 0, getpid(), (int)getuid(), NULL});
}

void bp_app_end(struct bp_app *app, int signal)
{
    if (app->state == BP_APP_WAITING)
        app->state = BP_APP_STOPPED;
    if (!bp_app_lives(app))
        return;
    app->state = BP_APP_STOPPING;
    bp_app_signal(app, signal);
}
