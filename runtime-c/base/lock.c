#include "base/lock.h"
#include "base/host.h"

#include <sys/syscall.h>

bool bp_lock_shared;

/* The holder runs on another core, or was preempted by the host kernel: spin briefly, then let the
 * host run it. */
BP_COLD void bp_lock_slow(struct bp_lock *lock)
{
    enum {
        SPINS = 200
    };

    for (;;) {
        for (int i = 0; i < SPINS; i++) {
            u32 expected = 0;

            if (!READ_ONCE(lock->owner) &&
                __atomic_compare_exchange_n(&lock->owner, &expected, 1, false, __ATOMIC_ACQUIRE,
                                            __ATOMIC_RELAXED))
                return;
            bp_cpu_relax();
        }
        bp_host(SYS_sched_yield);
    }
}
