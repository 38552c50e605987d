#include "linux/usage.h"
#include "base/clock.h"
#include "base/host.h"
#include "linux/signal.h"
#include "sched/worker.h"

#include <sys/syscall.h>
#include <time.h>

static u64 ticks_of(const struct bp_task *task)
{
    u64 ticks = task->thread.run_tsc;

    if (&task->thread == bp_current())
        ticks += bp_tsc() - bp_this_worker()->switch_tsc;
    return ticks;
}

u64 bp_task_cpu_time(const struct bp_task *task)
{
    return bp_tsc_to_ns(ticks_of(task));
}

/* The host's figure, when its process is the program's alone. */
static u64 host_cpu_time(void)
{
    struct timespec time = {0};

    bp_host(SYS_clock_gettime, CLOCK_PROCESS_CPUTIME_ID, &time);
    return (u64)time.tv_sec * BP_NSEC_PER_SEC + (u64)time.tv_nsec;
}

u64 bp_proc_cpu_time(struct bp_proc *proc)
{
    u64 ticks;

    if (proc->forked)
        return host_cpu_time();
    bp_lock(&proc->lock);
    ticks = proc->run_tsc_dead;
    bp_list_for_each (node, &proc->tasks)
        ticks += ticks_of(bp_list_entry(node, struct bp_task, node));
    bp_unlock(&proc->lock);
    return bp_tsc_to_ns(ticks);
}

u64 bp_tid_cpu_time(struct bp_proc *proc, u32 tid)
{
    u64 ns = 0;

    bp_lock(&proc->lock);
    bp_list_for_each (node, &proc->tasks) {
        const struct bp_task *task = bp_list_entry(node, struct bp_task, node);

        if (task->tid == tid)
            ns = bp_task_cpu_time(task);
    }
    bp_unlock(&proc->lock);
    return ns;
}

u64 bp_cpu_time(bool whole_process)
{
    return whole_process ? bp_proc_cpu_time(bp_current_proc())
                         : bp_task_cpu_time(bp_current_task());
}

/*
 * The kernel's numbers: ~id in the upper 29 bits, 4 for a thread, and the kind of time (2: all of
 * it) in the lowest.
 */
struct bp_proc *bp_cpu_clock(int clock, u32 *tid)
{
    enum {
        OF_THREAD = 4,
        KIND = 3,
        KINDS = 3
    };
    struct bp_proc *own = bp_current_proc();
    u32 id = ~(u32)(clock >> 3);

    *tid = 0;
    if (clock == CLOCK_PROCESS_CPUTIME_ID)
        return own;
    if (clock == CLOCK_THREAD_CPUTIME_ID)
        *tid = bp_current_task()->tid;
    else if (clock >= 0 || (clock & KIND) == KINDS)
        return NULL;
    else if (!(clock & OF_THREAD))
        return id ? bp_proc_find(id) : own;
    else
        *tid = id ? id : bp_current_task()->tid;
    /* Threads of other processes are not to be seen. */
    return bp_signal_tid(own, *tid, 0, NULL) ? NULL : own;
}
