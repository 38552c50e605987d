/*
 * Whether there is somebody at the other end of the wire: at the start, and while the NIC runs.
 * Packets that are sent meanwhile are lost, as on any wire; the stack sends again what it must.
 */
#include "nic/dpdk.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    /* How often links are looked at: some drivers have nothing to wait on. */
    LOOK_MS = 1000,
};

int bp_nic_interface_ask(const char *name, unsigned long what, struct ifreq *request)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret;

    if (fd < 0)
        return -errno;
    bp_snprintf(request->ifr_name, sizeof(request->ifr_name), "%s", name);
    ret = ioctl(fd, what, request) ? -errno : 0;
    close(fd);
    return ret;
}

/* Its drivers say of every interface of the host that it is up. */
static bool interface_up(const struct bp_nic_config *config)
{
    struct ifreq request = {0};

    return !bp_nic_interface_ask(config->device, SIOCGIFFLAGS, &request) &&
           (request.ifr_flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING);
}

struct bp_nic_link bp_nic_link(const struct bp_nic *nic)
{
    enum bp_nic_attach attach = nic->config->attach;
    struct rte_eth_link link = {0};

    if (rte_eth_link_get_nowait(nic->port, &link))
        return (struct bp_nic_link){.mbps = UINT32_MAX};
    if (attach == BP_NIC_AF_PACKET || attach == BP_NIC_AF_XDP)
        link.link_status &= interface_up(nic->config);
    return (struct bp_nic_link){
        .up = link.link_status,
        .full_duplex = link.link_duplex,
        .mbps = link.link_speed,
        .losses = nic->link_losses,
    };
}

/* A copper link takes seconds. */
void bp_nic_link_await(struct bp_nic *nic)
{
    const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};

    nic->link_up = bp_nic_link(nic).up;
    for (u32 waited = 0; !nic->link_up && waited < nic->config->link_wait_ms; waited += 10) {
        nanosleep(&pause, NULL);
        nic->link_up = bp_nic_link(nic).up;
    }
    if (!nic->link_up)
        bp_log("%s: the link is down; packets flow once %s", nic->config->name,
               nic->config->attach == BP_NIC_SOCKET ? "the other end is there" : "it is up");
}

/* A socket on an interface that was switched off has an error for whoever waits at it, once. */
static void take_errors(const struct bp_nic *nic)
{
    int error;

    for (u32 i = 0; nic->config->attach == BP_NIC_AF_PACKET && i < nic->config->queues; i++)
        getsockopt(nic->queues[i].wait_fd, SOL_SOCKET, SO_ERROR, &error,
                   &(socklen_t){sizeof(error)});
}

static void look(struct bp_nic *nic)
{
    bool up = bp_nic_link(nic).up;

    take_errors(nic);
    if (up == nic->link_up)
        return;
    nic->link_up = up;
    nic->link_losses += !up;
    bp_log("%s: the link is %s", nic->config->name, up ? "up" : "down; packets are lost");
}

u32 bp_nics_watch_links(u64 now)
{
    static u64 next;

    if (now >= next) {
        for (u32 i = 0; i < bp_nics_count(); i++)
            look(bp_nics_get(i));
        next = now + LOOK_MS * 1000000ULL;
    }
    return LOOK_MS;
}
