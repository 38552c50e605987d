#include "linux/start.h"
#include "base/host.h"
#include "base/log.h"
#include "entry/patch.h"
#include "linux/calls.h"
#include "linux/child.h"
#include "linux/dispatch.h"
#include "linux/mqueue.h"
#include "linux/procfs.h"
#include "linux/rlimit.h"
#include "linux/shm.h"
#include "linux/signal.h"
#include "sched/offload.h"
#include "socket/fdtable.h"
#include "socket/hostfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    TIMER_SLACK_NS = 50000, /* of every Linux process at its start */
};

/* The process and the request it starts from: the strings belong to main and outlive the program.
 */
struct starting {
    struct bp_proc proc;
    struct bp_start_request request;
};

struct holder {
    const struct bp_load_result *result;
    const struct bp_proc *proc;
};

static bool holds_addresses(struct bp_proc *proc, void *arg)
{
    struct holder *holder = arg;

    if (!bp_ranges_overlap(&proc->slot->outside, holder->result->taken_start,
                           holder->result->taken_end))
        return false;
    holder->proc = proc;
    return true;
}

/* Tells who is in the way of a program that could not be loaded, and what helps. */
static void log_refusal(const struct bp_proc *proc, const char *path,
                        const struct bp_load_result *result, const char *why)
{
    struct holder holder = {.result = result};

    bp_log("%s: cannot run %s: %s", proc->name, path, why);
    if (!result->taken_end)
        return;
    bp_proc_each(holds_addresses, &holder);
    bp_log("%s: %s is there; link one of them with -pie or -static-pie, or give each a runtime of "
           "its own",
           proc->name, holder.proc ? holder.proc->name : "the runtime");
}

/* The first thing on the program's first thread. */
static void load_and_begin(void *arg)
{
    struct bp_task *task = arg;
    struct bp_proc *proc = task->proc;
    const struct bp_start_request *request = &container_of(proc, struct starting, proc)->request;
    const struct bp_load_request load = {
        .dirfd = AT_FDCWD,
        .path = request->path,
        .execfn = request->path,
        .argv = request->argv,
        .envp = request->envp,
        .uid = (u32)bp_host(SYS_getuid),
        .euid = (u32)bp_host(SYS_geteuid),
        .gid = (u32)bp_host(SYS_getgid),
        .egid = (u32)bp_host(SYS_getegid),
        .stack_size = bp_rlimit_stack(proc),
        .auxv = request->auxv,
    };
    struct bp_load_result result = {.exe = proc->exe};
    struct bp_context context = {.rflags = BP_RFLAGS_DEFAULT};
    char why[256];
    long ret = bp_load_program(proc->slot, &load, &result, why, sizeof(why));

    if (ret) {
        log_refusal(proc, request->path, &result, why);
        bp_proc_exit(proc, (ret == -ENOENT ? BP_EXIT_NOT_FOUND : BP_EXIT_CANNOT_RUN) << 8);
        bp_task_exit();
    }
    context.frame.rip = result.entry;
    context.frame.rsp = result.stack;
    bp_procfs_started(proc, result.stack);
    if (READ_ONCE(task->thread.interrupted))
        bp_signal_interrupted(&context);
    bp_exit_full(&context);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static int open_cwd(const char *cwd)
{
    return (int)bp_host(SYS_openat, AT_FDCWD, cwd ? cwd : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* The program's 0, 1, 2: duplicates, so that closing them is its own affair. */
static int install_stdio(struct bp_proc *proc, const int stdio[3])
{
    for (int i = 0; i < 3; i++) {
        long fd = bp_host(SYS_fcntl, stdio[i], F_DUPFD_CLOEXEC, 3);
        struct bp_file *file;

        if (fd == -EBADF)
            continue; /* closed in the launcher too */
        file = fd < 0 ? NULL : bp_hostfile_create((int)fd);
        if (!file)
            return -ENOMEM;
        bp_fd_install_at(proc->fds, file, (u32)i, false);
    }
    return 0;
}

static int prepare(struct bp_proc *proc, const struct bp_start_request *request, const char **why)
{
    bp_rlimits_init(proc, request->memory_limit);
    *why = "its working directory cannot be opened";
    proc->cwd_fd = open_cwd(request->cwd);
    if (proc->cwd_fd < 0)
        return proc->cwd_fd;
    *why = "all address-space slots are taken";
    proc->slot = bp_slot_create();
    if (!proc->slot)
        return -ENOMEM;
    *why = "no memory for its descriptors";
    proc->fds = bp_fdtable_create((u32)proc->rlimits[RLIMIT_NOFILE].soft);
    if (!proc->fds || install_stdio(proc, request->stdio) || bp_proc_register(proc))
        return -ENOMEM;
    bp_rlimits_apply(proc);
    return 0;
}

struct bp_proc *bp_proc_start(const struct bp_start_request *request, char *why, size_t why_size)
{
    const char *reason = "no memory";
    long memory = bp_host(SYS_mmap, NULL, sizeof(struct starting), PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct starting *starting = (struct starting *)memory;
    struct bp_proc *proc;
    struct bp_task *task;

    if (bp_is_error(memory))
        goto fail;
    starting->request = *request;
    proc = &starting->proc;
    proc->cwd_fd = -1;
    proc->app = request->app;
    proc->pid = request->pid;
    proc->ppid = request->ppid;
    proc->name = request->name;
    proc->umask = request->umask;
    proc->traced = request->traced;
    proc->on_exit = request->on_exit;
    proc->owner = request->owner;
    proc->auxv = request->auxv;
    bp_list_init(&proc->tasks);
    bp_list_init(&proc->children);
    bp_list_init(&proc->child_waiters);
    bp_sigproc_init(proc);
    bp_snprintf(proc->comm, sizeof(proc->comm), "%s", base_name(request->path));
    if (prepare(proc, request, &reason))
        goto fail_proc;
    task = bp_task_create(proc, load_and_begin);
    reason = "too many threads";
    if (!task)
        goto fail_proc;
    task->thread.calls = bp_calls_of(proc->traced);
    task->timer_slack = task->timer_slack_default = TIMER_SLACK_NS;
    bp_thread_start(&task->thread);
    return proc;

fail_proc:
    bp_proc_free(proc);
fail:
    bp_snprintf(why, why_size, "%s", reason);
    return NULL;
}

void bp_proc_free(struct bp_proc *proc)
{
    bp_proc_unregister(proc);
    bp_children_leave(proc);
    bp_mqueue_leave(proc);
    if (proc->undoers)
        bp_helpers_end(proc->undoers);
    if (proc->fds)
        bp_fdtable_destroy(proc->fds);
    if (proc->slot) {
        bp_patch_forget(proc->slot, 0, UINT64_MAX);
        bp_shm_forget(proc->slot);
        bp_slot_destroy(proc->slot);
    }
    bp_shared_destroy(&proc->shared);
    if (proc->cwd_fd >= 0)
        bp_host(SYS_close, proc->cwd_fd);
    bp_sigproc_destroy(proc);
    bp_host(SYS_munmap, container_of(proc, struct starting, proc), sizeof(struct starting));
}
