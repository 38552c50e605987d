#include "linux/exec.h"
#include "linux/rlimit.h"
#include "linux/shm.h"
#include "base/host.h"
#include "base/log.h"
#include "base/proc_dir.h"
#include "base/uaccess.h"
#include "entry/entry.h"
#include "entry/patch.h"
#include "linux/calls.h"
#include "linux/procfs.h"
#include "linux/futex_pi.h"
#include "linux/robust.h"
#include "linux/signal.h"
#include "linux/sigtimer.h"
#include "linux/trace.h"
#include "loader/load.h"
#include "sched/process.h"
#include "sched/tid.h"
#include "sched/vector.h"
#include "socket/fdtable.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum {
    /* Linux: a quarter of the stack limit, at most 6 MiB; one string at most 128 KiB. */
    STRINGS_BYTES = 6 << 20,
    STRING_BYTES = 128 << 10,
};

/* Everything of one exec: too large for a handler stack. */
struct exec {
    const struct bp_path *path;
    const char *execfn;
    const char *const *argv, *const *envp;
    struct bp_slot *slot;
    bool waits; /* to be loaded when the old image has gone */
    struct bp_load_result result;
    char exe[BP_LOAD_PATH_MAX];
    char why[256];
    size_t used; /* of strings */
    char strings[STRINGS_BYTES] BP_ALIGNED(8);
};

/* ---- arguments ---- */

static void *take(struct exec *exec, size_t bytes)
{
    void *memory = exec->strings + exec->used;

    bytes = BP_ALIGN_UP(bytes, (size_t)8);
    if (bytes > STRINGS_BYTES - exec->used)
        return NULL;
    exec->used += bytes;
    return memory;
}

static long count_pointers(u64 vector, u64 *count)
{
    u64 pointer;

    for (*count = 0; vector; ++*count) {
        if (*count == STRINGS_BYTES / sizeof(u64))
            return -E2BIG;
        if (bp_get_user64(&pointer, (u64 *)vector + *count))
            return -EFAULT;
        if (!pointer)
            break;
    }
    return 0;
}

static long copy_string(struct exec *exec, u64 from, const char **out)
{
    size_t room = BP_MIN(STRINGS_BYTES - exec->used, (size_t)STRING_BYTES);
    char *to = exec->strings + exec->used;
    long len = bp_copy_string(to, (const char *)from, room);

    if (len < 0)
        return len == -ENAMETOOLONG ? -E2BIG : len;
    *out = to;
    return take(exec, (size_t)len + 1) ? 0 : -E2BIG;
}

static long copy_vector(struct exec *exec, u64 vector, const char *const **out)
{
    const char **copy;
    u64 count, pointer;
    long ret = count_pointers(vector, &count);

    if (ret)
        return ret;
    copy = take(exec, (count + 1) * sizeof(*copy));
    if (!copy)
        return -E2BIG;
    for (u64 i = 0; i < count && !ret; i++) {
        if (bp_get_user64(&pointer, (u64 *)vector + i))
            return -EFAULT;
        ret = copy_string(exec, pointer, &copy[i]);
    }
    copy[count] = NULL;
    *out = copy;
    return ret;
}

/* ---- loading ---- */

static long load(struct exec *exec)
{
    const struct bp_load_request request = {
        .dirfd = exec->path->dirfd,
        .path = exec->path->name,
        .execfn = exec->execfn,
        .argv = exec->argv,
        .envp = exec->envp,
        .uid = (u32)bp_host(SYS_getuid),
        .euid = (u32)bp_host(SYS_geteuid),
        .gid = (u32)bp_host(SYS_getgid),
        .egid = (u32)bp_host(SYS_getegid),
        .stack_size = bp_rlimit_stack(bp_current_proc()),
        .auxv = bp_current_proc()->auxv,
    };

    exec->result = (struct bp_load_result){.exe = exec->exe};
    bp_shm_forget(exec->slot); /* what a neighbour had there that a fork left behind */
    return bp_load_program(exec->slot, &request, &exec->result, exec->why, sizeof(exec->why));
}

/*
 * Loads the program beside the one that runs, so that a failure leaves that alone. Where it needs
 * the very addresses of that one (a static program that execs itself), it has to wait for its end.
 */
static long load_beside(struct exec *exec, const struct bp_slot *running)
{
    long ret;

    exec->slot = bp_slot_create();
    if (!exec->slot)
        return -ENOMEM;
    ret = load(exec);
    if (!ret)
        return 0;
    bp_patch_forget(exec->slot, 0, UINT64_MAX);
    bp_slot_destroy(exec->slot);
    if (ret != -ENOMEM || !exec->result.taken_end ||
        !bp_slot_would_free(running, exec->result.taken_start, exec->result.taken_end))
        return ret;
    exec->slot = bp_slot_create();
    exec->waits = true;
    return exec->slot ? 0 : -ENOMEM;
}

/* ---- the point of no return ---- */

/* Only the caller is left, and it is the main thread from now on. False when the process is being
 * ended meanwhile. */
static bool end_other_threads(struct bp_proc *proc, struct bp_task *self)
{
    bool alone;

    bp_lock(&proc->lock);
    if (proc->exiting || proc->execing) {
        bp_unlock(&proc->lock);
        return false;
    }
    proc->execing = self;
    bp_list_for_each (node, &proc->tasks) {
        struct bp_task *task = bp_list_entry(node, struct bp_task, node);

        if (task != self)
            bp_interrupt(&task->thread);
    }
    for (;;) {
        bp_park_begin();
        alone = proc->task_count == 1;
        bp_unlock(&proc->lock);
        if (alone)
            break;
        bp_park_uninterruptible(BP_NEVER);
        bp_lock(&proc->lock);
    }
    bp_park_cancel();
    proc->execing = NULL;
    bp_tid_give(self->tid);
    self->tid = proc->pid;
    return true;
}

static void reset_signals(struct bp_proc *proc, struct bp_task *task)
{
    bp_lock(&proc->lock);
    for (int i = 0; i < BP_NSIG; i++) {
        u64 handler = proc->sigactions.action[i].handler;

        proc->sigactions.action[i] =
            (struct bp_sigaction){.handler = handler == (u64)SIG_IGN ? handler : (u64)SIG_DFL};
    }
    task->sig.altstack = (struct bp_altstack){0};
    task->thread.flags_dropped = 0;
    bp_unlock(&proc->lock);
    bp_sigtimers_exec(proc);
}

static void rename(struct bp_proc *proc, struct bp_task *task, const struct exec *exec)
{
    const char *slash = strrchr(exec->execfn, '/');

    bp_snprintf(proc->exe, sizeof(proc->exe), "%s", exec->exe);
    bp_snprintf(proc->comm, sizeof(proc->comm), "%s", slash ? slash + 1 : exec->execfn);
    memcpy(task->comm, proc->comm, sizeof(task->comm));
    if (proc->forked)
        bp_host(SYS_prctl, PR_SET_NAME, proc->comm);
}

/* There is nothing to go back to: a program that cannot be loaded now is killed, as by Linux. */
static void replace_image(struct bp_proc *proc, struct exec *exec)
{
    bp_patch_forget(proc->slot, 0, UINT64_MAX);
    bp_shm_forget(proc->slot);
    bp_shared_destroy(&proc->shared);
    bp_slot_destroy(proc->slot);
    proc->slot = exec->slot;
    if (exec->waits && load(exec)) {
        bp_log("%s: cannot execute %s: %s", proc->name, exec->execfn, exec->why);
        bp_host(SYS_munmap, exec, sizeof(*exec));
        bp_proc_exit(proc, SIGSEGV);
        bp_task_exit();
    }
    bp_rlimits_apply(proc);
}

BP_NORETURN static void begin(struct bp_task *task, u64 rip, u64 rsp)
{
    struct bp_context context = {.rflags = BP_RFLAGS_DEFAULT, .frame = {.rip = rip, .rsp = rsp}};

    bp_vector_area_init((void *)task->thread.stack_top);
    bp_vector_restore((void *)task->thread.stack_top);
    bp_fpu_reset();
    bp_set_mxcsr(BP_MXCSR_DEFAULT);
    bp_wrfsbase(0);
    if (READ_ONCE(task->thread.interrupted))
        bp_signal_interrupted(&context);
    bp_exit_full(&context);
}

long bp_proc_exec(const struct bp_path *path, const char *execfn, u64 argv_user, u64 envp_user)
{
    long memory = bp_host(SYS_mmap, NULL, sizeof(struct exec), PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    struct exec *exec = (struct exec *)memory;
    struct bp_task *task = bp_current_task();
    struct bp_proc *proc = task->proc;
    u32 tid = task->tid;
    u64 rip, rsp;
    long ret;

    if (bp_is_error(memory))
        return memory;
    exec->path = path;
    exec->execfn = execfn;
    ret = copy_vector(exec, argv_user, &exec->argv);
    if (!ret)
        ret = copy_vector(exec, envp_user, &exec->envp);
    if (!ret)
        ret = load_beside(exec, proc->slot);
    if (ret)
        goto out;
    if (!end_other_threads(proc, task)) {
        bp_slot_destroy(exec->slot);
        ret = -EAGAIN;
        goto out;
    }
    bp_trace_exec(tid);
    if (proc->forked)
        bp_process_vfork_done();
    bp_futex_pi_exit(task);
    bp_robust_exit(task);
    task->thread.gs_base = 0;
    task->death_signal = 0;
    task->keep_caps = false;
    task->clear_child_tid = task->robust_list = 0;
    replace_image(proc, exec);
    reset_signals(proc, task);
    bp_fdtable_close_on_exec(proc->fds);
    proc->fds->threads = false;
    rename(proc, task, exec);
    rip = exec->result.entry;
    rsp = exec->result.stack;
    bp_procfs_started(proc, rsp);
    bp_host(SYS_munmap, memory, sizeof(struct exec));
    if (unlikely(proc->traced))
        bp_trace_exit(task->call, 0);
    begin(task, rip, rsp);
out:
    bp_host(SYS_munmap, memory, sizeof(struct exec));
    return ret;
}

/* ---- calls ---- */

long bp_sys_execve(u64 user_path, u64 argv, u64 envp)
{
    return bp_sys_execveat((u64)AT_FDCWD, user_path, argv, envp, 0);
}

/* The host resolves its own descriptor; the program is told of its own (execveat(2),
 * AT_EMPTY_PATH). */
static long path_of_descriptor(struct bp_path *path, char *execfn, u64 fd)
{
    int host = bp_host_fd((int)fd);

    if (host < 0)
        return host == -EINVAL ? -EACCES : host; /* no regular file */
    path->dirfd = bp_proc_dir();
    bp_snprintf(path->name, sizeof(path->name), "self/fd/%d", host);
    bp_snprintf(execfn, BP_PATH_MAX, "/dev/fd/%d", (int)fd);
    return 0;
}

static bool is_symlink(const struct bp_path *path)
{
    char target;

    return !bp_is_error(bp_host(SYS_readlinkat, path->dirfd, path->name, &target, 1));
}

long bp_sys_execveat(u64 dirfd, u64 user_path, u64 argv, u64 envp, u64 flags)
{
    char execfn[BP_PATH_MAX];
    struct bp_path path;
    long ret;

    if (flags & ~(u64)(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
        return -EINVAL;
    ret = bp_copy_string(execfn, (const char *)user_path, sizeof(execfn));
    if (ret < 0)
        return ret;
    if (flags & AT_EMPTY_PATH && !execfn[0])
        ret = path_of_descriptor(&path, execfn, dirfd);
    else
        ret = bp_path_get(&path, dirfd, user_path);
    if (!ret && flags & AT_SYMLINK_NOFOLLOW && is_symlink(&path))
        ret = -ELOOP;
    return ret ? ret : bp_proc_exec(&path, execfn, argv, envp);
}
