#include "linux/child.h"
#include "base/host.h"
#include "base/uaccess.h"
#include "linux/signal.h"
#include "sched/futex.h"
#include "sched/process.h"
#include "socket/bury.h"

#include <linux/wait.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

enum {
    AT_ONCE = BP_PAGE_SIZE / sizeof(struct bp_child),
};

static struct bp_list free_children = BP_LIST_INIT(free_children);
static struct bp_lock free_lock;

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
        struct bp_child_waiter *waiter = bp_list_entry(node, struct bp_child_waiter, node);
        struct bp_thread *thread = waiter->thread;

        bp_list_del(node); /* the waiter may be gone after this */
        bp_unpark(thread);
    }
}

void bp_child_free(struct bp_child *child)
{
    bp_hostfd_disarm(&child->source);
    bp_host(SYS_close, child->source.fd);
    child_free(child);
}

/* Takes it from the host, unseen. */
static void discard(struct bp_child *child)
{
    bp_host(SYS_wait4, child->pid, NULL, __WALL, NULL);
    bp_child_free(child);
}

/* Nobody wants to hear of children that end: they leave nothing behind (sigaction(2)). */
static bool is_not_awaited(const struct bp_proc *proc)
{
    const struct bp_sigaction *action = &proc->sigactions.action[SIGCHLD - 1];

    return action->handler == (u64)SIG_IGN || action->flags & SA_NOCLDWAIT;
}

/* Gives back what the process has left in the arena. */
static void bury(u32 place)
{
    struct bp_fdtable *table = bp_process_bury(place);

    if (table) { /* it was killed, and could not do so itself */
        bp_fds_bury(place, table);
        bp_futex_bury(place);
    }
    bp_process_free(place);
}

/* Of the processes whose parents have gone, those that have ended. Worker 0 of the launcher. */
static void reap_adopted(void)
{
    u32 place = 0, pid;

    while ((place = bp_process_next_adopted(place, &pid))) {
        if (!pid || bp_host(SYS_wait4, pid, NULL, WNOHANG | __WALL, NULL) > 0)
            bury(place);
    }
}

/* Its end, as the host keeps it. Takes it out when nobody awaits it. */
static void tell_parent(struct bp_child *child)
{
    struct bp_proc *proc = child->proc;
    int exit_signal = child->exit_signal;
    siginfo_t info = {0};

    bp_host(SYS_waitid, P_PID, child->pid, &info, WEXITED | WNOHANG | WNOWAIT | __WALL, NULL);
    bp_lock(&proc->lock);
    child->ended = true;
    if (is_not_awaited(proc)) {
        bp_list_del(&child->node);
        discard(child);
    }
    wake_waiters(proc);
    bp_unlock(&proc->lock);
    if (!exit_signal)
        return;
    info.si_signo = exit_signal;
    bp_signal_proc(proc, exit_signal, &info);
}

/* Worker context: the child has ended. One that was vforked is told of by the thread that waits for
 * it. */
static void notify(struct bp_hostfd *source, u32 events)
{
    struct bp_child *child = container_of(source, struct bp_child, source);

    struct bp_proc *proc = child->proc;

    (void)events;
    if (!proc) {
        bury(child->place);
        discard(child);
        return;
    }
    bp_lock(&proc->lock);
    if (child->vforker) { /* who waits looks at its place first */
        child->vfork_ended = true;
        bp_unpark(child->vforker);
        bp_unlock(&proc->lock);
        return;
    }
    bp_unlock(&proc->lock);
    bury(child->place);
    tell_parent(child);
}

/* ---- stops ---- */

/* True when it was stopped or continued since its parent was last told. */
static bool has_changed(struct bp_child *child, siginfo_t *info)
{
    *info = (siginfo_t){0};
    bp_host(SYS_waitid, P_PID, child->pid, info, WSTOPPED | WCONTINUED | WNOHANG | WNOWAIT | __WALL,
            NULL);
    if (!info->si_pid || info->si_code == child->told)
        return false;
    child->told = info->si_code;
    return true;
}

void bp_child_signal_stop(struct bp_proc *proc, const siginfo_t *info)
{
    if (!(proc->sigactions.action[SIGCHLD - 1].flags & SA_NOCLDSTOP))
        bp_signal_proc(proc, SIGCHLD, info);
}

static bool tell_of_stops(struct bp_proc *proc, void *arg)
{
    siginfo_t info, change = {0};

    (void)arg;
    bp_lock(&proc->lock);
    bp_list_for_each (node, &proc->children) {
        struct bp_child *child = bp_list_entry(node, struct bp_child, node);

        if (!child->ended && has_changed(child, &info))
            change = info;
    }
    if (change.si_pid)
        wake_waiters(proc);
    bp_unlock(&proc->lock);
    if (change.si_pid)
        bp_child_signal_stop(proc, &change);
    return false;
}

/* The host's SIGCHLD comes once for several: all children are asked. */
void bp_children_changed(void)
{
    bp_proc_each(tell_of_stops, NULL);
    if (!bp_process_self)
        reap_adopted();
}

void bp_children_init(void)
{
    bp_process_on_adoption = reap_adopted;
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

void bp_child_born(struct bp_child *child, u32 pid, int pidfd, u32 place, bool vforked)
{
    struct bp_proc *proc = child->proc;

    child->vforker = vforked ? bp_current() : NULL;
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
            discard(child);
        else
            bp_process_orphan(child->place);
    }
    bp_unlock(&proc->lock);
}

void bp_children_forked(struct bp_proc *proc)
{
    free_lock = (struct bp_lock){0};
    bp_list_init(&proc->children);
    bp_list_init(&proc->child_waiters);
    proc->children_usage = (struct rusage){0};
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
    u64 words[LOOK_BYTES / sizeof(u64)], own;
    struct iovec local = {words, sizeof(words)}, remote = {(void *)stack, sizeof(words)};
    long bytes = bp_host(SYS_process_vm_readv, child->pid, &local, 1, &remote, 1, 0);

    for (long i = 0; i < bytes / (long)sizeof(u64); i++) {
        if (bp_get_user64(&own, (u64 *)stack + i))
            return;
        if (own != words[i])
            bp_put_user64((u64 *)stack + i, words[i]);
    }
}

void bp_child_wait_vfork(struct bp_child *child, u64 stack)
{
    bool ended;

    bp_park_begin();
    while (bp_process_vfork_state(child->place) == BP_VFORK_RUNS &&
           !READ_ONCE(child->vfork_ended)) {
        bp_park_uninterruptible(BP_NEVER);
        bp_park_begin();
    }
    bp_park_cancel();
    if (bp_process_vfork_state(child->place) == BP_VFORK_DONE)
        look_at_child(child, stack);
    bp_process_vfork_end(child->place);
    bp_lock(&child->proc->lock);
    child->vforker = NULL;
    ended = child->vfork_ended;
    bp_unlock(&child->proc->lock);
    if (!ended)
        return;
    bury(child->place);
    tell_parent(child);
}
