/* Creation, end and naming of processes and threads. */
#include "linux/task.h"
#include "base/clock.h"
#include "base/host.h"
#include "base/stats.h"
#include "base/uaccess.h"
#include "bp_config.h"
#include "linux/futex_key.h"
#include "linux/futex_pi.h"
#include "linux/robust.h"
#include "linux/signal.h"
#include "linux/trace.h"
#include "sched/process.h"
#include "sched/tid.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum {
    TASKS_AT_ONCE = 16
};

static struct bp_list free_tasks = BP_LIST_INIT(free_tasks);
static struct bp_lock tasks_lock;
static struct bp_proc *procs[BP_APPS_MAX];

static struct bp_task *task_alloc(void)
{
    struct bp_task *task = NULL;

    bp_lock(&tasks_lock);
    if (bp_list_empty(&free_tasks)) {
        long memory = bp_host(SYS_mmap, NULL, TASKS_AT_ONCE * sizeof(struct bp_task),
                              PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        for (int i = 0; !bp_is_error(memory) && i < TASKS_AT_ONCE; i++)
            bp_list_add_tail(&free_tasks, &((struct bp_task *)memory)[i].node);
    }
    if (!bp_list_empty(&free_tasks)) {
        task = bp_list_first(&free_tasks, struct bp_task, node);
        bp_list_del(&task->node);
    }
    bp_unlock(&tasks_lock);
    return task;
}

static void task_free(struct bp_task *task)
{
    bp_lock(&tasks_lock);
    bp_list_add_head(&free_tasks, &task->node);
    bp_unlock(&tasks_lock);
}

struct bp_task *bp_task_create(struct bp_proc *proc, void (*entry)(void *task))
{
    struct bp_task *task = task_alloc();
    u32 tid;

    if (!task)
        return NULL;
    memset(task, 0, sizeof(*task));
    tid = proc->started ? bp_tid_take(proc->pid) : proc->pid;
    if (!tid)
        goto no_tid;
    if (bp_thread_init(&task->thread, entry, task))
        goto no_thread;
    task->proc = proc;
    task->thread.fds = proc->fds;
    task->thread.app_stats = bp_stats_app_row(proc->app);
    memcpy(task->comm, proc->comm, sizeof(task->comm));
    bp_lock(&proc->lock);
    task->tid = tid;
    if (!proc->started)
        proc->started = bp_now();
    proc->task_count++;
    bp_list_add_tail(&proc->tasks, &task->node);
    task->thread.interrupted = proc->exiting || proc->stopped;
    bp_unlock(&proc->lock);
    task->thread.app_stats[BP_APP_STAT_THREADS]++;
    return task;

no_thread:
    bp_tid_give(tid);
no_tid:
    task_free(task);
    return NULL;
}

static void release(struct bp_thread *thread)
{
    struct bp_task *task = container_of(thread, struct bp_task, thread);
    struct bp_proc *proc = task->proc;
    bool last;

    bp_lock(&proc->lock);
    proc->run_tsc_dead += thread->run_tsc;
    last = --proc->task_count == 0;
    if (proc->execing && proc->task_count == 1)
        bp_unpark(&proc->execing->thread);
    bp_unlock(&proc->lock);
    bp_sigtask_destroy(&task->sig);
    bp_thread_destroy(thread);
    task_free(task);
    if (last)
        proc->on_exit(proc);
}

static void wake_joiner(const struct bp_task *task)
{
    const struct bp_futex futex = bp_futex_at(task->proc, task->clear_child_tid, false);

    bp_futex_wake(&futex, 1, BP_FUTEX_ANY);
}

void bp_task_exit(void)
{
    struct bp_task *task = bp_current_task();
    struct bp_proc *proc = task->proc;

    if (unlikely(proc->traced))
        bp_trace_end(proc->name, task->tid, proc->status);
    if (unlikely(bp_process_self) && proc->task_count == 1)
        bp_process_vfork_done();
    WRITE_ONCE(task->leaving, true);
    bp_futex_pi_exit(task);
    bp_robust_exit(task);
    if (task->clear_child_tid && !bp_put_user32((u32 *)task->clear_child_tid, 0))
        wake_joiner(task);
    bp_lock(&proc->lock);
    bp_list_del(&task->node);
    bp_tid_give(task->tid);
    bp_sigtask_leave(task);
    bp_unlock(&proc->lock);
    bp_thread_exit(release);
}

void bp_proc_exit(struct bp_proc *proc, int status)
{
    bp_lock(&proc->lock);
    if (!proc->exiting) {
        proc->status = status;
        WRITE_ONCE(proc->exiting, true);
    }
    bp_list_for_each (node, &proc->tasks)
        bp_interrupt(&bp_list_entry(node, struct bp_task, node)->thread);
    bp_unlock(&proc->lock);
}

void bp_procs_forked(struct bp_proc *proc)
{
    struct bp_task *task = bp_current_task();

    memset(procs, 0, sizeof(procs));
    procs[0] = proc;
    bp_list_init(&free_tasks);
    tasks_lock = proc->lock = (struct bp_lock){0};
    bp_list_init(&proc->tasks);
    bp_list_init(&task->node);
    bp_list_add_tail(&proc->tasks, &task->node);
    proc->task_count = 1;
    proc->started = bp_now();
    proc->run_tsc_dead = 0;
    task->thread.run_tsc = 0;
    task->tid = proc->pid;
    task->clear_child_tid = task->robust_list = 0;
}

/* ---- finding ---- */

int bp_proc_register(struct bp_proc *proc)
{
    for (u32 i = 0; i < BP_APPS_MAX; i++) {
        if (!procs[i]) {
            procs[i] = proc;
            return 0;
        }
    }
    return -EAGAIN;
}

void bp_proc_unregister(struct bp_proc *proc)
{
    for (u32 i = 0; i < BP_APPS_MAX; i++) {
        if (procs[i] == proc)
            procs[i] = NULL;
    }
}

void bp_proc_each(bool (*fn)(struct bp_proc *proc, void *arg), void *arg)
{
    for (u32 i = 0; i < BP_APPS_MAX; i++) {
        if (procs[i] && fn(procs[i], arg))
            return;
    }
}

struct bp_proc *bp_proc_first(void)
{
    for (u32 i = 0; i < BP_APPS_MAX; i++) {
        if (procs[i])
            return procs[i];
    }
    return NULL;
}

struct bp_proc *bp_proc_find(u32 pid)
{
    for (u32 i = 0; i < BP_APPS_MAX; i++) {
        if (procs[i] && procs[i]->pid == pid)
            return procs[i];
    }
    return NULL;
}

struct bp_task *bp_task_find(u32 tid)
{
    struct bp_task *found = NULL;

    for (u32 i = 0; i < BP_APPS_MAX && !found; i++) {
        struct bp_proc *proc = procs[i];

        if (!proc)
            continue;
        bp_lock(&proc->lock);
        bp_list_for_each (node, &proc->tasks) {
            struct bp_task *task = bp_list_entry(node, struct bp_task, node);

            if (task->tid == tid)
                found = task;
        }
        bp_unlock(&proc->lock);
    }
    return found;
}
