#include "linux/outside.h"
#include "entry/entry.h"
#include "linux/signal.h"
#include "sched/worker.h"

enum {
    INBOX = 64,
};

/* Written by the host's signal handler, emptied by the worker; both on one kernel thread. */
static siginfo_t inbox[INBOX];
static u32 received, taken;
static u32 posted;

static bool is_child_s_end(const siginfo_t *info)
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
        if (proc && !is_child_s_end(&info))
            bp_signal_proc(proc, info.si_signo, &info);
    }
}

static struct bp_work work = {.run = take_all};

/* On the host's signal stack. What finds no room is lost, as a queued signal beyond its limit is.
 */
static void receive(const siginfo_t *info)
{
    if (received - READ_ONCE(taken) == INBOX)
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
