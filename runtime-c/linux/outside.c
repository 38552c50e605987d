#include "linux/outside.h"
#include "base/host.h"
#include "entry/entry.h"
#include "linux/child.h"
#include "linux/signal.h"
#include "sched/process.h"
#include "sched/worker.h"

#include <sys/syscall.h>

enum {
    INBOX = 64,
};

/* Written by the host's signal handler, emptied by the worker; both on one kernel thread. */
static siginfo_t inbox[INBOX];
static u32 received, taken;
static u32 posted;

/*
 * The host lets a process pretend codes below 0 only; those of kill(2) and tgkill(2) travel as
 * these.
 */
enum {
    CODE_BASE = -1000,
};

long bp_outside_send(u32 pid, int signal, const siginfo_t *info)
{
    siginfo_t copy = *info;

    copy.si_code += CODE_BASE;
    return bp_host(SYS_rt_sigqueueinfo, pid, signal, &copy);
}

static void decode(siginfo_t *info, const struct bp_proc *own)
{
    if (info->si_code == CODE_BASE + SI_USER || info->si_code == CODE_BASE + SI_TKILL)
        info->si_code -= CODE_BASE;
    else if (info->si_code == SI_USER && info->si_pid == (int)bp_process_launcher())
        info->si_pid = (int)(own->forked ? own->ppid : own->pid); /* to a whole group */
}

void bp_outside_deliver(struct bp_proc *proc, siginfo_t *info)
{
    decode(info, proc);
    if (info->si_code == SI_TKILL) /* others know the first thread only */
        bp_signal_tid(proc, proc->pid, info->si_signo, info);
    else
        bp_signal_proc(proc, info->si_signo, info);
}

static bool is_of_a_child(const siginfo_t *info)
{
    return info->si_signo == SIGCHLD && info->si_code > 0;
}

static void take_all(struct bp_work *work)
{
    (void)work;
    __atomic_store_n(&posted, 0, __ATOMIC_SEQ_CST);
    while (taken != READ_ONCE(received)) {
        siginfo_t info = inbox[taken % INBOX];
        struct bp_proc *proc = bp_proc_first();

        WRITE_ONCE(taken, taken + 1);
        if (is_of_a_child(&info)) {
            bp_children_changed();
        } else if (proc) {
            bp_outside_deliver(proc, &info);
        }
    }
}

static struct bp_work work = {.run = take_all};

/* A host call of ours met a broken pipe: the program is told by the call's result. */
static bool is_of_our_own_call(const siginfo_t *info)
{
    return info->si_signo == SIGPIPE && info->si_code == SI_USER &&
           info->si_pid == bp_host(SYS_getpid);
}

/* On the host's signal stack. What finds no room is lost, as a queued signal beyond its limit is.
 */
static void receive(const siginfo_t *info)
{
    if (is_of_our_own_call(info) || received - READ_ONCE(taken) == INBOX)
        return;
    inbox[received % INBOX] = *info;
    WRITE_ONCE(received, received + 1);
    if (!__atomic_exchange_n(&posted, 1, __ATOMIC_SEQ_CST))
        bp_worker_post(bp_this_worker(), &work);
}

void bp_outside_signals_init(void)
{
    received = taken = posted = 0;
    bp_entry_take_signals(receive);
}
