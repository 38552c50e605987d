#include "linux/child.h"
#include "base/host.h"
#include "base/uaccess.h"
#include "linux/calls.h"
#include "linux/signal.h"
#include "sched/hostfd.h"
#include "sched/futex.h"
#include "sched/process.h"
#include "socket/fork.h"

#include <errno.h>
#include <linux/wait.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>

struct bp_child {
    struct bp_list node;  /* in proc->children, or free */
    struct bp_proc *proc; /* NULL: its parent has gone */
    struct bp_hostfd source;
    u32 pid, place;
    int exit_signal;
    bool ended;                /* its parent may wait for it */
    struct bp_thread *vforker; /* the thread that waits for its exec or end */
};

enum {
    AT_ONCE = BP_PAGE_SIZE / sizeof(struct bp_child),
};

static struct bp_list free_children = BP_LIST_INIT(free_children);
static struct bp_lock free_lock;

/* A thread in wait4 or waitid, on its handler stack. */
struct waiter {
    struct bp_list node; /* in proc->child_waiters; empty once woken */
    struct bp_thread *thread;
};

/* ---- records ---- */

static struct bp_child *child_alloc(void)
{
    struct bp_child *child = NULL;

    bp_lock(&free_lock);
    if (bp_list_empty(&free_children)) {
        long memory = bp_host(SYS_mmap, NULL, BP_PAGE_SIZE, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        for (u32 i = 0; !bp_is_error(memory) && i < AT_ONCE; i++)
            bp_list_add_tail(&free_children, &((struct bp_child *)memory)[i].node);
    }
    if (!bp_list_empty(&free_children)) {
        child = bp_list_first(&free_children, struct bp_child, node);
        bp_list_del(&child->node);
    }
    bp_unlock(&free_lock);
    return child;
}

static void child_free(struct bp_child *child)
{
    bp_lock(&free_lock);
    bp_list_add_head(&free_children, &child->node);
    bp_unlock(&free_lock);
}

/* ---- the end of a child ---- */

static void wake_waiters(struct bp_proc *proc)
{
    bp_list_for_each_safe (node, &proc->child_waiters) {
        struct waiter *waiter = bp_list_entry(node, struct waiter, node);
        struct bp_thread *thread = waiter->thread;

        bp_list_del(node); /* the waiter may be gone after this */
        bp_unpark(thread);
    }
}

/* Takes it from the host. status and usage may be NULL. */
static void reap(struct bp_child *child, int *status, struct rusage *usage)
{
    bp_host(SYS_wait4, child->pid, status, 0, usage);
    bp_hostfd_disarm(&child->source);
    bp_host(SYS_close, child->source.fd);
    child_free(child);
}

/* Nobody wants to hear of children that end: they leave nothing behind (sigaction(2)). */
static bool is_not_awaited(const struct bp_proc *proc)
{
    const struct bp_sigaction *action = &proc->sigactions.action[SIGCHLD - 1];

    return action->handler == (u64)SIG_IGN || action->flags & SA_NOCLDWAIT;
}

static void tell_parent(struct bp_child *child, const siginfo_t *info)
{
    siginfo_t copy = *info;

    copy.si_signo = child->exit_signal;
    bp_signal_proc(child->proc, child->exit_signal, &copy);
}

/* Gives back what the process has left in the arena. */
static void bury(const struct bp_child *child)
{
    struct bp_fdtable *table = bp_process_bury(child->place);

    if (table) { /* it was killed, and could not do so itself */
        bp_fds_bury(child->place, table);
        bp_futex_bury(child->place);
    }
    bp_process_free(child->place);
}

/* Worker context: the child has ended, and the host keeps its status. */
static void notify(struct bp_hostfd *source, u32 events)
{
    struct bp_child *child = container_of(source, struct bp_child, source);
    struct bp_proc *proc = child->proc;
    siginfo_t info = {0};

    (void)events;
    bp_host(SYS_waitid, P_PID, child->pid, &info, WEXITED | WNOHANG | WNOWAIT, NULL);
    if (!child->vforker) /* who waits looks at its place first */
        bury(child);
    if (!proc) {
        reap(child, NULL, NULL);
        return;
    }
    bp_lock(&proc->lock);
    child->ended = true;
    if (child->vforker)
        bp_unpark(child->vforker);
    if (is_not_awaited(proc) && !child->vforker) {
        bp_list_del(&child->node);
        wake_waiters(proc);
        bp_unlock(&proc->lock);
        if (child->exit_signal)
            tell_parent(child, &info);
        reap(child, NULL, NULL);
        return;
    }
    wake_waiters(proc);
    bp_unlock(&proc->lock);
    if (child->exit_signal)
        tell_parent(child, &info);
}

/* ---- birth ---- */

struct bp_child *bp_child_create(struct bp_proc *proc, int exit_signal)
{
    struct bp_child *child = child_alloc();

    if (!child)
        return NULL;
    memset(child, 0, sizeof(*child));
    child->proc = proc;
    child->exit_signal = exit_signal;
    bp_list_init(&child->node);
    return child;
}

void bp_child_born(struct bp_child *child, u32 pid, int pidfd, u32 place)
{
    struct bp_proc *proc = child->proc;

    child->pid = pid;
    child->place = place;
    bp_lock(&proc->lock);
    bp_list_add_tail(&proc->children, &child->node);
    bp_unlock(&proc->lock);
    bp_hostfd_init(&child->source, pidfd, notify);
    bp_hostfd_arm(&child->source, EPOLLIN);
}

void bp_child_abandon(struct bp_child *child)
{
    child_free(child);
}

void bp_children_leave(struct bp_proc *proc)
{
    bp_lock(&proc->lock);
    while (!bp_list_empty(&proc->children)) {
        struct bp_child *child = bp_list_first(&proc->children, struct bp_child, node);

        bp_list_del(&child->node);
        child->proc = NULL;
        if (child->ended)
            reap(child, NULL, NULL);
    }
    bp_unlock(&proc->lock);
}

void bp_children_forked(struct bp_proc *proc)
{
    free_lock = (struct bp_lock){0};
    bp_list_init(&proc->children);
    bp_list_init(&proc->child_waiters);
}

/* ---- vfork ---- */

enum {
    LOOK_BYTES = 4 << 10,
};

/*
 * A vforked child is a copy, but what it writes on its parent's stack before it execs or ends is
 * meant for the parent: glibc's posix_spawn(3) hands its error over so. The words that differ are
 * copied back.
 */
static void look_at_child(const struct bp_child *child, u64 stack)
{
    u64 words[64];

    for (u64 at = stack; at < stack + LOOK_BYTES; at += sizeof(words)) {
        struct iovec local = {words, sizeof(words)}, remote = {(void *)at, sizeof(words)};
        u64 own[ARRAY_SIZE(words)];

        if (bp_host(SYS_process_vm_readv, child->pid, &local, 1, &remote, 1, 0) != sizeof(words) ||
            bp_copy(own, (void *)at, sizeof(own)))
            return;
        for (u32 i = 0; i < ARRAY_SIZE(words); i++) {
            if (own[i] != words[i])
                bp_put_user64((u64 *)at + i, words[i]);
        }
    }
}

void bp_child_wait_vfork(struct bp_child *child, u64 stack)
{
    bool ended;

    child->vforker = bp_current();
    bp_park_begin();
    while (bp_process_vfork_state(child->place) == BP_VFORK_RUNS && !READ_ONCE(child->ended)) {
        bp_park_uninterruptible(BP_NEVER);
        bp_park_begin();
    }
    bp_park_cancel();
    if (bp_process_vfork_state(child->place) == BP_VFORK_DONE)
        look_at_child(child, stack);
    bp_process_vfork_end(child->place);
    bp_lock(&child->proc->lock);
    child->vforker = NULL;
    ended = child->ended;
    bp_unlock(&child->proc->lock);
    if (ended)
        bury(child);
}

/* ---- waiting ---- */

/* Which children a call waits for, and what it wants. */
struct wanted {
    int which; /* P_ALL, P_PID, P_PGID */
    int id;
    u32 options;
};

static bool matches(const struct bp_child *child, const struct wanted *wanted)
{
    bool clone = child->exit_signal != SIGCHLD;

    if (!(wanted->options & __WALL) && clone != !!(wanted->options & __WCLONE))
        return false;
    switch (wanted->which) {
    case P_PID:
        return child->pid == (u32)wanted->id;
    case P_PGID:
        return bp_host(SYS_getpgid, child->pid) == wanted->id;
    default:
        return true;
    }
}

/* The first match that has ended, or any match, or NULL. Process locked. */
static struct bp_child *find(struct bp_proc *proc, const struct wanted *wanted)
{
    struct bp_child *found = NULL;

    bp_list_for_each (node, &proc->children) {
        struct bp_child *child = bp_list_entry(node, struct bp_child, node);

        if (!matches(child, wanted))
            continue;
        if (child->ended)
            return child;
        found = child;
    }
    return found;
}

/*
 * Waits for a match to end. Returns 0 with *child taken out of the list (unless WNOWAIT), or NULL
 * there with WNOHANG; -ECHILD, -EINTR.
 */
static long wait_for(const struct wanted *wanted, struct bp_child **child)
{
    struct bp_proc *proc = bp_current_proc();
    struct waiter waiter = {.thread = bp_current()};
    long ret = 0;

    bp_list_init(&waiter.node);
    bp_lock(&proc->lock);
    for (;;) {
        *child = find(proc, wanted);
        if (!*child)
            ret = -ECHILD;
        if (ret || (*child)->ended)
            break;
        *child = NULL;
        if (wanted->options & WNOHANG)
            break;
        bp_list_add_tail(&proc->child_waiters, &waiter.node);
        bp_park_begin();
        bp_unlock(&proc->lock);
        ret = bp_park(BP_NEVER);
        bp_lock(&proc->lock);
        bp_list_del(&waiter.node);
    }
    if (*child && !(wanted->options & WNOWAIT))
        bp_list_del(&(*child)->node);
    bp_unlock(&proc->lock);
    return ret;
}

/* ---- calls ---- */

long bp_sys_wait4(u64 pid_arg, u64 status_user, u64 options, u64 usage_user)
{
    int pid = (int)pid_arg, status = 0;
    struct wanted wanted = {P_ALL, 0, (u32)options};
    struct rusage usage = {0};
    struct bp_child *child;
    long ret;

    if (options & ~(u64)(WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL))
        return -EINVAL;
    if (pid == (int)0x80000000)
        return -ESRCH;
    if (pid > 0 || pid < -1)
        wanted = (struct wanted){pid > 0 ? P_PID : P_PGID, pid > 0 ? pid : -pid, (u32)options};
    else if (!pid)
        wanted = (struct wanted){P_PGID, (int)bp_sys_getpgid(0), (u32)options};
    ret = wait_for(&wanted, &child);
    if (ret || !child)
        return ret;
    ret = child->pid;
    reap(child, &status, &usage);
    if (status_user && bp_put_user32((u32 *)status_user, (u32)status))
        return -EFAULT;
    if (usage_user && bp_copy((void *)usage_user, &usage, sizeof(usage)))
        return -EFAULT;
    return ret;
}

long bp_sys_waitid(u64 which, u64 id, u64 info_user, u64 options, u64 usage_user)
{
    struct wanted wanted = {(int)which, (int)id, (u32)options};
    siginfo_t info;
    struct rusage usage = {0};
    struct bp_child *child;
    long ret;

    if (options & ~(u64)(WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | __WNOTHREAD |
                         __WCLONE | __WALL) ||
        !(options & (WEXITED | WSTOPPED | WCONTINUED)))
        return -EINVAL;
    if (which != P_ALL && which != P_PID && which != P_PGID)
        return -EINVAL;
    if ((which == P_PID && wanted.id <= 0) || (which == P_PGID && wanted.id < 0))
        return -EINVAL;
    if (which == P_PGID && !wanted.id)
        wanted.id = (int)bp_sys_getpgid(0);
    ret = wait_for(&wanted, &child);
    if (ret)
        return ret;
    memset(&info, 0, sizeof(info));
    if (child) {
        bp_host(SYS_waitid, P_PID, child->pid, &info, WEXITED | WNOHANG | WNOWAIT, &usage);
        if (!(options & WNOWAIT))
            reap(child, NULL, NULL);
    }
    if (usage_user && child && bp_copy((void *)usage_user, &usage, sizeof(usage)))
        return -EFAULT;
    return info_user && bp_copy((void *)info_user, &info, sizeof(info)) ? -EFAULT : 0;
}
