#include "linux/fork.h"
#include "base/clock.h"
#include "base/host.h"
#include "base/log.h"
#include "base/uaccess.h"
#include "entry/entry.h"
#include "entry/patch.h"
#include "entry/shared_text.h"
#include "linux/child.h"
#include "linux/mqueue.h"
#include "linux/outside.h"
#include "linux/pidfd.h"
#include "linux/rlimit.h"
#include "linux/signal.h"
#include "linux/sigqueue.h"
#include "linux/sigtimer.h"
#include "linux/trace.h"
#include "socket/reclock.h"
#include "sched/fork.h"
#include "sched/lifeline.h"
#include "sched/offload.h"
#include "socket/fork.h"

#include <errno.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>

/* ---- the child ---- */

/* The host's signals for this process are the program's: it ends by the same one. */
BP_NORETURN static void die(int status)
{
    u64 all = 0;
    struct bp_sigaction by_default = {0};
    int signal = status & 0x7f;

    if (!signal)
        bp_host(SYS_exit_group, status >> 8);
    bp_host(SYS_rt_sigaction, signal, &by_default, NULL, sizeof(by_default.mask));
    bp_host(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof(all));
    bp_host(SYS_kill, bp_host(SYS_getpid), signal);
    bp_host(SYS_exit_group, 128 + signal);
    __builtin_unreachable();
}

/* Worker context: no thread is left. The host process goes, and with it all that is private. */
static void on_exit_of_child(struct bp_proc *proc)
{
    int status = proc->status;

    bp_fdtable_close(proc->fds);
    bp_process_leave(bp_process_self);
    bp_fdtable_free(proc->fds);
    die(status);
}

/* The group of the stand-in. Only the parent does this: it may move the child on at once. */
static void join_group(u32 pid, u32 place, const struct bp_proc *parent)
{
    bp_host(SYS_setpgid, pid, parent->pid);
    bp_process_settle(place);
}

static void become_process(struct bp_proc *proc)
{
    if (!proc->forked)
        bp_process_wait_settled();
    proc->ppid = proc->pid;
    proc->pid = (u32)bp_host(SYS_getpid);
    proc->host_parent = (u32)bp_host(SYS_getppid);
    proc->forked = true;
    proc->on_exit = on_exit_of_child;
    proc->owner = NULL;
    proc->exiting = proc->stopped = false;
    if (proc->undoers)
        bp_helpers_forget(proc->undoers);
    proc->undoers = NULL;
    proc->started = bp_now();
    proc->run_tsc_dead = bp_current()->run_tsc = 0;
    bp_host(SYS_prctl, PR_SET_NAME, proc->comm);
}

/* Timers and pending signals are not inherited. First: they are linked where others forget. */
static void forget_signals(struct bp_proc *proc, struct bp_task *task)
{
    bp_sigtimers_destroy(proc);
    bp_sigqueue_discard(&proc->sigqueue, ~0ULL);
    bp_sigqueue_discard(&task->sig.queue, ~0ULL);
}

/* CLONE_CLEAR_SIGHAND: what is not ignored is as by default. */
static void clear_handlers(struct bp_proc *proc)
{
    for (int i = 0; i < BP_NSIG; i++) {
        if (proc->sigactions.action[i].handler != (u64)SIG_IGN)
            proc->sigactions.action[i] = (struct bp_sigaction){0};
    }
}

static void begin_child(struct bp_fdtable *fds)
{
    struct bp_task *task = bp_current_task();
    struct bp_proc *proc = task->proc;
    int keep[BP_SHARED_TEXTS_MAX + 3];
    u32 kept = bp_shared_text_descriptors(keep);

    keep[kept++] = proc->cwd_fd;
    if (bp_trace_fd >= 0)
        keep[kept++] = bp_trace_fd;
    keep[kept] = -1;
    bp_shared_texts_forked();
    forget_signals(proc, task);
    task->death_signal = 0;
    bp_slots_forget_others(proc->slot);
    proc->slot->lock_flags = 0; /* mlockall is not inherited */
    bp_trace_forked(task->tid);
    become_process(proc);
    bp_reclock_forget();
    proc->fds = task->thread.fds = fds;
    if (bp_fds_forked(fds, keep) || bp_lifeline_hold() || bp_fork_child())
        bp_fatal(BP_EXIT_ENVIRONMENT,
                 "%s: no memory or descriptors for a forked process; raise the limits (ulimit -v, "
                 "ulimit -n)",
                 proc->name);
    bp_procs_forked(proc);
    bp_prctl_forked(task);
    bp_rlimits_forked();
    bp_children_forked(proc);
    bp_mqueue_forked();
    bp_signal_recalculate(task);
    bp_entry_forked();
    bp_outside_signals_init();
}

/* ---- the fork ---- */

/* What the fork needs, taken before it. */
struct preparation {
    struct bp_child *child;
    struct bp_fdtable *fds;
    int place;
};

static long prepare(struct preparation *p, struct bp_proc *proc, int exit_signal)
{
    p->place = bp_process_reserve();
    if (p->place < 0)
        return p->place;
    p->fds = bp_fds_prepare((u32)p->place, proc->fds);
    if (!p->fds)
        goto abandon;
    p->child = bp_child_create(proc, exit_signal);
    if (p->child)
        return 0;
    bp_fds_prepared((u32)p->place, proc->fds, true);
abandon:
    bp_process_abandon((u32)p->place);
    return -ENOMEM;
}

static long fork_host(struct preparation *p, struct bp_proc *proc, int *pidfd)
{
    long pid;

    bp_slots_hide_others(proc->slot);
    pid = bp_fork_clone((u32)p->place, pidfd);
    if (!pid) {
        begin_child(p->fds);
        return 0;
    }
    bp_slots_show_others(proc->slot);
    bp_fds_prepared((u32)p->place, proc->fds, pid < 0);
    if (pid < 0) {
        bp_child_abandon(p->child);
        bp_process_abandon((u32)p->place);
    }
    return pid;
}

static void set_tids(const struct bp_fork_request *request, u32 pid, bool in_child)
{
    struct bp_task *task = bp_current_task();

    if (request->flags & CLONE_PARENT_SETTID)
        bp_put_user32((u32 *)request->parent_tid, pid);
    if (!in_child)
        return;
    if (request->flags & CLONE_CLEAR_SIGHAND)
        clear_handlers(task->proc);
    if (request->flags & CLONE_CHILD_SETTID)
        bp_put_user32((u32 *)request->child_tid, pid);
    if (request->flags & CLONE_CHILD_CLEARTID)
        task->clear_child_tid = request->child_tid;
    if (request->flags & CLONE_SETTLS)
        bp_wrfsbase(request->tls);
    if (request->stack)
        bp_frame_of(&task->thread)->rsp = request->stack;
}

/* Too late to fail: without a descriptor the program sees that error in its place. */
static void give_pidfd(const struct bp_fork_request *request, int host_fd)
{
    bp_put_user32((u32 *)request->pidfd, (u32)bp_pidfd_install(host_fd));
}

long bp_proc_fork(const struct bp_fork_request *request)
{
    struct bp_proc *proc = bp_current_proc();
    struct preparation p;
    int pidfd = -1;
    long pid;

    pid = bp_fork_begin();
    if (pid)
        return -EAGAIN;
    pid = prepare(&p, proc, (int)(request->flags & CSIGNAL));
    if (!pid) {
        if (request->flags & CLONE_VFORK)
            bp_process_vfork_begin((u32)p.place, bp_thread_ref(bp_current()));
        pid = fork_host(&p, proc, &pidfd);
        if (!pid) {
            set_tids(request, bp_current_proc()->pid, true);
            return 0;
        }
    }
    if (pid > 0 && !proc->forked) {
        bp_affinity_free((u32)pid);
        join_group((u32)pid, (u32)p.place, proc);
    }
    if (pid > 0)
        bp_child_born(p.child, (u32)pid, pidfd, (u32)p.place, request->flags & CLONE_VFORK);
    bp_fork_end();
    if (pid < 0)
        return pid;
    set_tids(request, (u32)pid, false);
    if (request->flags & CLONE_PIDFD)
        give_pidfd(request, pidfd);
    if (request->flags & CLONE_VFORK)
        bp_child_wait_vfork(p.child, bp_frame_of(bp_current())->rsp);
    return pid;
}
