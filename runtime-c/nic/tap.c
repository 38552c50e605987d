/*
 * The driver of TAP interfaces reads only after a signal has told it that there is something to
 * read. That signal costs more than to look, and it comes to another thread, which is woken up for
 * it, when the worker has long been woken by the descriptor. So it is turned off, and its handler,
 * which counts and does nothing else, is called before a look that is to be one.
 */
#include "nic/dpdk.h"

#include <fcntl.h>
#include <signal.h>
#include <x86intrin.h>

enum {
    /* Some microseconds: a look is a system call, and programs that talk to each other meanwhile
     * are not to pay for it at each turn of their worker. */
    PAUSE_CYCLES = 10000,
};

void bp_nic_tap_open(struct bp_nic_queue *queue)
{
    int fd = queue->wait_fd, flags = fcntl(fd, F_GETFL), signo = fcntl(fd, F_GETSIG);
    struct sigaction told;

    if (flags < 0 || !(flags & O_ASYNC) || signo <= 0 || sigaction(signo, NULL, &told) ||
        told.sa_flags & SA_SIGINFO || told.sa_handler == SIG_DFL || told.sa_handler == SIG_IGN)
        return; /* another way to tell it: as its authors want it */
    if (!fcntl(fd, F_SETFL, flags & ~O_ASYNC))
        queue->tell_driver = told.sa_handler;
}

u32 bp_nic_tap_receive(struct bp_nic_queue *queue, struct rte_mbuf **mbufs, u32 max)
{
    u64 now = __rdtsc();
    u32 count;

    if (now < queue->look_at)
        return 0;
    queue->tell_driver(0);
    count = rte_eth_rx_burst(queue->port, queue->device.queue, mbufs, (u16)max);
    queue->look_at = count ? 0 : now + PAUSE_CYCLES;
    return count;
}
