#include "base/lock.h"
#include "base/host.h"

#include <sys/syscall.h>
#include <time.h>

bool bp_lock_shared;
u32 bp_lock_self = 1;
bool (*bp_lock_owner_is_dead)(u32 owner);

static bool take(struct bp_lock *lock, u32 from)
{
    return __atomic_compare_exchange_n(&lock->owner, &from, bp_lock_self, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

/* The holder was killed: the lock goes to the first who notices. */
static bool inherit(struct bp_lock *lock)
{
    u32 owner = READ_ONCE(lock->owner);

    return owner && bp_lock_owner_is_dead && bp_lock_owner_is_dead(owner) && take(lock, owner);
}

/* The holder runs on another core, or was preempted by the host kernel: spin briefly, then let the
 * host run it. Who takes longer was stopped, or is dead. */
BP_COLD void bp_lock_slow(struct bp_lock *lock)
{
    static const struct timespec nap = {.tv_nsec = 200000};
    enum {
        SPINS = 200,
        ROUNDS = 100, /* some tens of microseconds each */
    };

    for (u32 round = 1;; round++) {
        for (int i = 0; i < SPINS; i++) {
            if (!READ_ONCE(lock->owner) && take(lock, 0))
                return;
            bp_cpu_relax();
        }
        if (round < ROUNDS) {
            bp_host(SYS_sched_yield);
            continue;
        }
        if (inherit(lock))
            return;
        bp_host(SYS_nanosleep, &nap, NULL);
    }
}
