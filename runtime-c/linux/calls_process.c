/* System calls about threads and processes: creation, end, ids. */
#include "base/host.h"
#include "base/uaccess.h"
#include "entry/entry.h"
#include "linux/calls.h"
#include "linux/fork.h"
#include "linux/signal.h"
#include "linux/task.h"
#include "sched/process.h"
#include "sched/vector.h"
#include "socket/fdtable.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>

/* ---- clone ---- */

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)
#define IGNORED_FLAGS (CLONE_SYSVSEM | CLONE_DETACHED | CLONE_IO | CSIGNAL)
#define KNOWN_FLAGS                                                                           \
    (THREAD_FLAGS | IGNORED_FLAGS | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | \
     CLONE_CHILD_CLEARTID)

struct clone_request {
    u64 flags;
    u64 stack; /* top */
    u64 parent_tid, child_tid, tls, pidfd;
};

/* The first thing on a new thread's own handler stack. The caller's stores come before it can run,
 * as in Linux. */
static void thread_begins(void *arg)
{
    struct bp_task *task = arg;
    struct bp_context context = task->start;

    if (unlikely(READ_ONCE(task->thread.interrupted)))
        bp_signal_interrupted(&context);
    bp_exit_full(&context);
}

static long clone_thread(const struct clone_request *request)
{
    struct bp_task *parent = bp_current_task(), *child;
    u32 tid;

    if (READ_ONCE(parent->proc->exiting))
        return -EAGAIN;
    child = bp_task_create(parent->proc, thread_begins);
    if (!child)
        return -EAGAIN;
    tid = child->tid;
    bp_fdtable_add_thread(parent->proc->fds);
    child->start.frame = *bp_frame_of(&parent->thread);
    child->start.frame.rax = 0;
    child->start.rflags = BP_RFLAGS_DEFAULT;
    if (request->stack)
        child->start.frame.rsp = request->stack;
    child->thread.calls = parent->thread.calls;
    child->thread.fs_base = request->flags & CLONE_SETTLS ? request->tls : bp_rdfsbase();
    child->thread.gs_base = parent->thread.gs_base;
    child->thread.mxcsr = bp_get_mxcsr();
    child->thread.fpu_cw = bp_get_fpu_cw();
    child->thread.fpu_sw = bp_get_fpu_sw();
    child->sig.mask = parent->sig.mask;
    bp_affinity_inherit(&child->thread, &parent->thread);
    child->keep_caps = parent->keep_caps;
    child->no_new_privs = parent->no_new_privs;
    child->seccomp = parent->seccomp;
    child->seccomp_strict = parent->seccomp_strict;
    child->timer_slack = child->timer_slack_default = parent->timer_slack;
    memcpy(child->comm, parent->comm, sizeof(child->comm));
    if (request->flags & CLONE_CHILD_CLEARTID)
        child->clear_child_tid = request->child_tid;
    /* Both stores before the child can run, as in Linux; a bad address there is not an error there
     * either. */
    if (request->flags & CLONE_PARENT_SETTID)
        bp_put_user32((u32 *)request->parent_tid, tid);
    if (request->flags & CLONE_CHILD_SETTID)
        bp_put_user32((u32 *)request->child_tid, tid);
    bp_thread_start(&child->thread);
    return tid;
}

/*
 * A process of its own. A copy of the memory serves vfork too (linux/child.h says what travels
 * back); memory, descriptors or handlers that stay common would be a process we cannot make.
 */
#define PROCESS_FLAGS                                                                  \
    (CSIGNAL | CLONE_VFORK | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | \
     CLONE_CHILD_CLEARTID | CLONE_IO | CLONE_SYSVSEM | CLONE_PIDFD | CLONE_CLEAR_SIGHAND)

static long clone_process(const struct clone_request *request)
{
    u64 flags = request->flags;

    if (!BP_HAS_FORK || (flags & CLONE_VM && !(flags & CLONE_VFORK)))
        return -ENOSYS;
    if (flags & ~(u64)(PROCESS_FLAGS | CLONE_VM))
        return -ENOSYS;
    return bp_proc_fork(&(struct bp_fork_request){
        .flags = flags,
        .stack = request->stack,
        .parent_tid = request->parent_tid,
        .child_tid = request->child_tid,
        .tls = request->tls,
        .pidfd = request->pidfd,
    });
}

static long clone_common(const struct clone_request *request)
{
    if ((request->flags & CLONE_THREAD && !(request->flags & CLONE_SIGHAND)) ||
        (request->flags & CLONE_SIGHAND && !(request->flags & CLONE_VM)))
        return -EINVAL; /* clone(2): threads share handlers, and those who share handlers share
                           memory */
    if (request->flags & CLONE_FS && request->flags & (CLONE_NEWNS | CLONE_NEWUSER))
        return -EINVAL; /* a directory of another namespace */
    if (!(request->flags & CLONE_THREAD))
        return clone_process(request);
    if ((request->flags & THREAD_FLAGS) != THREAD_FLAGS || request->flags & ~(u64)KNOWN_FLAGS)
        return -EINVAL;
    return clone_thread(request);
}

long bp_sys_clone(u64 flags, u64 stack, u64 parent_tid, u64 child_tid, u64 tls)
{
    struct clone_request request = {(u32)flags, stack, parent_tid, child_tid, tls, parent_tid};

    if (flags & CLONE_PIDFD && flags & CLONE_PARENT_SETTID)
        return -EINVAL; /* one pointer for both */

    return clone_common(&request);
}

long bp_sys_clone3(u64 args, u64 size)
{
    struct clone_args known = {0};
    struct clone_request request;

    if (size < CLONE_ARGS_SIZE_VER0)
        return -EINVAL;
    if (size > BP_PAGE_SIZE)
        return -E2BIG;
    if (bp_copy(&known, (void *)args, BP_MIN(size, sizeof(known))))
        return -EFAULT;
    if (known.set_tid_size || known.flags & CLONE_INTO_CGROUP || !known.stack != !known.stack_size)
        return -EINVAL;
    if (known.flags & CSIGNAL || known.exit_signal > BP_NSIG)
        return -EINVAL;
    request = (struct clone_request){known.flags | known.exit_signal,
                                     known.stack + known.stack_size,
                                     known.parent_tid,
                                     known.child_tid,
                                     known.tls,
                                     known.pidfd};
    return clone_common(&request);
}

long bp_sys_fork(void)
{
    return clone_process(&(struct clone_request){.flags = SIGCHLD});
}

long bp_sys_vfork(void)
{
    return clone_process(&(struct clone_request){.flags = SIGCHLD | CLONE_VFORK | CLONE_VM});
}

/* ---- end ---- */

long bp_sys_exit(u64 status)
{
    struct bp_proc *proc = bp_current_proc();

    bp_lock(&proc->lock);
    if (proc->task_count == 1 && !proc->exiting) {
        proc->status = (int)(status & 0xff) << 8;
        proc->exiting = true;
    }
    bp_unlock(&proc->lock);
    bp_task_exit();
}

long bp_sys_exit_group(u64 status)
{
    bp_proc_exit(bp_current_proc(), (int)(status & 0xff) << 8);
    bp_task_exit();
}

/* ---- ids ---- */

long bp_sys_getpid(void)
{
    return bp_current_proc()->pid;
}

long bp_sys_gettid(void)
{
    return bp_current_task()->tid;
}

long bp_sys_getppid(void)
{
    const struct bp_proc *proc = bp_current_proc();
    long host;

    if (!proc->forked)
        return proc->ppid;
    host = bp_host(SYS_getppid); /* another one as soon as the parent is gone */
    if (host != proc->host_parent)
        return host == bp_process_launcher() ? 1 : host; /* who adopts, as init does */
    return bp_process_is_orphan() ? 1 : proc->ppid;      /* the launcher, who forked it, lives on */
}

long bp_sys_set_tid_address(u64 addr)
{
    struct bp_task *task = bp_current_task();

    task->clear_child_tid = addr;
    return task->tid;
}

long bp_sys_set_robust_list(u64 head, u64 size)
{
    if (size != 24) /* sizeof(struct robust_list_head) */
        return -EINVAL;
    bp_current_task()->robust_list = head;
    return 0;
}

long bp_sys_get_robust_list(u64 tid, u64 head, u64 size)
{
    struct bp_task *task = tid ? bp_task_find((u32)tid) : bp_current_task();

    if (!task)
        return -ESRCH;
    if (task->proc != bp_current_proc())
        return -EPERM;
    if (bp_put_user64((u64 *)size, 24) || bp_put_user64((u64 *)head, task->robust_list))
        return -EFAULT;
    return 0;
}

long bp_sys_sched_yield(void)
{
    bp_yield();
    return 0;
}
