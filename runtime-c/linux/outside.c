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
    SPARE = 16, /* for those that cannot be held back: sent faults */
};

/* Written by the host's signal handler, emptied by the worker; both on one kernel thread. */
static siginfo_t inbox[INBOX];
static u32 received, taken;
static u32 posted;
static bool held_back; /* the host does, for want of room */

/*
 * The host lets a process pretend codes below 0 only; those of kill(2) and tgkill(2) travel as
 * these. The latter's thread is in si_value; 0: the first.
 */
enum {
    CODE_BASE = -1000,
    CODE_CARRIED = -100000, /* the carrier's si_errno is the signal */
};

/* Whose host signal of that number is a fault's, or the runtime's own. */
static bool is_carried(int signal)
{
    static const int carried[] = {SIGSYS,  SIGSEGV,          SIGBUS,         SIGFPE,        SIGILL,
                                  SIGTRAP, BP_SIGNAL_CANCEL, BP_SIGNAL_TICK, BP_SIGNAL_KICK};

    for (u32 i = 0; i < ARRAY_SIZE(carried); i++) {
        if (carried[i] == signal)
            return true;
    }
    return false;
}

long bp_outside_send_thread(u32 pid, u32 tid, int signal, const siginfo_t *info)
{
    siginfo_t copy = *info;

    copy.si_value.sival_int = (int)tid;
    return bp_outside_send(pid, signal, &copy);
}

long bp_outside_send(u32 pid, int signal, const siginfo_t *info)
{
    siginfo_t copy = *info;

    if (copy.si_code >= 0 || copy.si_code == SI_TKILL)
        copy.si_code += CODE_BASE;
    if (is_carried(signal)) {
        copy.si_code += CODE_CARRIED;
        copy.si_errno = signal;
        signal = BP_SIGNAL_CARRIER;
    }
    return bp_host(SYS_rt_sigqueueinfo, pid, signal, &copy);
}

static void decode(siginfo_t *info, const struct bp_proc *own)
{
    if (info->si_signo == BP_SIGNAL_CARRIER && is_carried(info->si_errno)) {
        info->si_signo = info->si_errno;
        info->si_code -= CODE_CARRIED;
        info->si_errno = 0;
    }
    if (info->si_code == CODE_BASE + SI_USER || info->si_code == CODE_BASE + SI_TKILL)
        info->si_code -= CODE_BASE;
    else if (info->si_code == SI_USER && info->si_pid == (int)bp_process_launcher())
        info->si_pid = (int)(own->forked ? own->ppid : own->pid); /* to a whole group */
}

void bp_outside_deliver(struct bp_proc *proc, siginfo_t *info)
{
    decode(info, proc);
    if (info->si_code == SI_TKILL) {
        u32 tid = (u32)info->si_value.sival_int;

        info->si_value.sival_ptr = NULL;
        bp_signal_tid(proc, tid ? tid : proc->pid, info->si_signo, info);
    } else {
        bp_signal_proc(proc, info->si_signo, info);
    }
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
    if (held_back) {
        WRITE_ONCE(held_back, false);
        bp_entry_receive_again();
    }
}

static struct bp_work work = {.run = take_all};

/* A host call of ours met a broken pipe, or a file's largest size: the program is told by the
 * call's result. */
static bool is_of_our_own_call(const siginfo_t *info)
{
    return (info->si_signo == SIGPIPE || info->si_signo == SIGXFSZ) && info->si_code == SI_USER &&
           info->si_pid == bp_host(SYS_getpid);
}

static u32 room(void)
{
    return INBOX - (received - READ_ONCE(taken));
}

/* On the host's signal stack. */
static bool receive(const siginfo_t *info)
{
    if (is_of_our_own_call(info) || !room())
        return !held_back;
    inbox[received % INBOX] = *info;
    WRITE_ONCE(received, received + 1);
    if (!__atomic_exchange_n(&posted, 1, __ATOMIC_SEQ_CST))
        bp_worker_post(bp_this_worker(), &work);
    if (room() <= SPARE)
        WRITE_ONCE(held_back, true);
    return !held_back;
}

void bp_outside_signals_init(void)
{
    received = taken = posted = 0;
    bp_entry_take_signals(receive);
}
