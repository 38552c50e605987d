/*
 * The memory of a memif interface is its peer's, and leaves with it: the driver unmaps it on its
 * interrupt thread, while a worker may still be inside a burst that has begun before. So the driver
 * is made to wait. It clears the flag by which bursts begin, and then takes its handler off the
 * control channel, before it touches anything that bursts use: the linker leads that call here
 * (gen/hardware/drivers.ts), and it goes on when all bursts are over that can have seen the flag.
 *
 * Workers pay two plain stores: the fence between theirs and what they then read of the driver is
 * had by membarrier(2), from this side.
 */
#include "nic/dpdk.h"

#include <rte_interrupts.h>

#include <linux/membarrier.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

int bp_nic_quiesce_open(struct bp_nic_failure *failure)
{
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0))
        return bp_nic_fail(failure, -errno,
                           "membarrier(2) is refused: error %d; it is in Linux since 4.14, and a "
                           "filter of system calls has to let it pass",
                           errno);
    return 0;
}

void bp_nic_quiesce(const struct bp_nic *nic)
{
    BP_BUG_ON(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
    for (u32 i = 0; i < nic->config->queues; i++) {
        const struct bp_nic_queue *queue = &nic->queues[i];
        u32 burst = READ_ONCE(queue->bursts);

        while (burst & 1 && READ_ONCE(queue->bursts) == burst)
            sched_yield();
    }
}

int __real_rte_intr_callback_unregister(const struct rte_intr_handle *handle,
                                        rte_intr_callback_fn callback, void *argument)
    __attribute__((weak)); /* in binaries with memif */
int __wrap_rte_intr_callback_unregister(const struct rte_intr_handle *handle,
                                        rte_intr_callback_fn callback, void *argument);

int __wrap_rte_intr_callback_unregister(const struct rte_intr_handle *handle,
                                        rte_intr_callback_fn callback, void *argument)
{
    for (u32 i = 0; i < bp_nics_count(); i++)
        bp_nic_quiesce(bp_nics_get(i));
    return __real_rte_intr_callback_unregister(handle, callback, argument);
}
