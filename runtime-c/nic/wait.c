/*
 * What a worker can sleep on. Real NICs and virtio raise receive interrupts through a descriptor;
 * tap, af_packet and af_xdp are descriptors themselves, but only tap's driver hands them out: for
 * the other two they are found among those of the process.
 */
#include "nic/dpdk.h"

#include <rte_interrupts.h>

#include <dirent.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static bool is_socket_of(int fd, int domain)
{
    int is;
    socklen_t size = sizeof(is);

    return !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &is, &size) && is == domain;
}

/* Ascending, which is the order in which they were opened as long as nobody closes any. */
static int compare(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* Those of this process. */
static u32 sockets_of(int domain, int *fds, u32 max)
{
    DIR *folder = opendir("/proc/self/fd");
    struct dirent *entry;
    u32 count = 0;

    while (folder && (entry = readdir(folder))) {
        int fd = atoi(entry->d_name);

        if (entry->d_name[0] != '.' && count < max && is_socket_of(fd, domain))
            fds[count++] = fd;
    }
    if (folder)
        closedir(folder);
    qsort(fds, count, sizeof(*fds), compare);
    return count;
}

static bool is_bound_to(int fd, u32 interface)
{
    struct sockaddr_ll address = {0};
    socklen_t size = sizeof(address);

    return !getsockname(fd, (struct sockaddr *)&address, &size) &&
           (u32)address.sll_ifindex == interface;
}

enum {
    SOCKETS_MAX = 256
};

/* The driver opens one for each queue, in their order. */
static void find_packet_sockets(struct bp_nic *nic)
{
    int fds[SOCKETS_MAX];
    u32 count = sockets_of(AF_PACKET, fds, SOCKETS_MAX), queue = 0;
    u32 interface = if_nametoindex(nic->config->device);

    for (u32 i = 0; i < count && queue < nic->config->queues; i++) {
        if (is_bound_to(fds[i], interface))
            nic->queues[queue++].wait_fd = fds[i];
    }
}

/*
 * One for each queue, made when it was set up; nothing but the time of their making tells those of
 * several NICs apart, so that the ports must be opened one after the other, as they are.
 */
static void find_xdp_sockets(struct bp_nic *nic)
{
    int fds[SOCKETS_MAX];
    u32 count = sockets_of(AF_XDP, fds, SOCKETS_MAX), first = 0;

    for (u32 i = 0; i < bp_nics_count(); i++)
        first += bp_nics_get(i) != nic && bp_nics_get(i)->config->attach == BP_NIC_AF_XDP
                     ? bp_nics_get(i)->config->queues
                     : 0;
    for (u32 i = 0; i < nic->config->queues && first + i < count; i++)
        nic->queues[i].wait_fd = fds[first + i];
}

void bp_nic_wait_open(struct bp_nic *nic)
{
    if (nic->config->attach == BP_NIC_AF_PACKET)
        find_packet_sockets(nic);
    if (nic->config->attach == BP_NIC_AF_XDP)
        find_xdp_sockets(nic);
    for (u32 i = 0; i < nic->config->queues; i++) {
        if (nic->queues[i].interrupt)
            nic->queues[i].wait_fd = rte_eth_dev_rx_intr_ctl_q_get_fd(nic->port, (u16)i);
        if (nic->config->attach == BP_NIC_TAP && nic->queues[i].wait_fd >= 0)
            bp_nic_tap_open(&nic->queues[i]);
    }
}

int bp_nic_wait_fd(const struct bp_device *device)
{
    return queue_of((struct bp_device *)device)->wait_fd;
}

/* Descriptors that are the device itself are readable as long as there are packets. */
static bool is_device(const struct bp_nic_queue *queue)
{
    return !queue->interrupt || queue->nic->config->attach == BP_NIC_TAP;
}

int bp_nic_arm(struct bp_device *device)
{
    struct bp_nic_queue *queue = queue_of(device);

    if (queue->wait_fd < 0)
        return -ENOTSUP;
    queue->look_at = 0;
    return is_device(queue) ? 0 : rte_eth_dev_rx_intr_enable(queue->port, device->queue);
}

void bp_nic_disarm(struct bp_device *device)
{
    struct bp_nic_queue *queue = queue_of(device);
    struct pollfd ready = {.fd = queue->wait_fd, .events = POLLIN};
    u64 count; /* of interrupts, in an eventfd; nobody wants to know */

    if (queue->wait_fd < 0 || is_device(queue))
        return;
    rte_eth_dev_rx_intr_disable(queue->port, device->queue);
    if (poll(&ready, 1, 0) == 1 && read(queue->wait_fd, &count, sizeof(count)) < 0)
        bp_log("%s: an interrupt cannot be taken: error %d", queue->nic->config->name, errno);
}
