/*
 * What each kind of device needs of the host, asked before DPDK is: its own messages are about its
 * insides, and these are about what to do.
 */
#include "nic/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

typedef int check_fn(const struct bp_nic_config *config, struct bp_nic_failure *failure);

/* The kernel driver that holds a PCI function, "" for none. */
static void bound_driver(const char *pci, char *driver, size_t size)
{
    char link[96], target[256];
    ssize_t length;

    bp_snprintf(link, sizeof(link), "/sys/bus/pci/devices/%s/driver", pci);
    length = readlink(link, target, sizeof(target) - 1);
    target[BP_MAX(length, (ssize_t)0)] = '\0';
    bp_snprintf(driver, size, "%s", length > 0 ? basename(target) : "");
}

static int check_pci(const struct bp_nic_config *config, struct bp_nic_failure *failure)
{
    static const char *const for_programs[] = {"vfio-pci", "uio_pci_generic", "igb_uio"};
    char path[96], driver[32], holder[64];

    bp_snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", config->port);
    if (access(path, F_OK))
        return bp_nic_fail(failure, -ENODEV,
                           "%s: there is no PCI device %s here; 'lspci -D' lists what there is",
                           config->name, config->port);
    if (config->attach == BP_NIC_PCI_SHARED)
        return 0;
    bound_driver(config->port, driver, sizeof(driver));
    for (u32 i = 0; i < ARRAY_SIZE(for_programs); i++) {
        if (!strcmp(driver, for_programs[i]))
            return 0;
    }
    bp_snprintf(holder, sizeof(holder), *driver ? "driver '%s' of the kernel" : "no driver",
                driver);
    return bp_nic_fail(failure, -EBUSY,
                       "%s: PCI device %s is held by %s, and not by one for programs; "
                       "'bypassgen bind %s' gives it to one",
                       config->name, config->port, holder, config->port);
}

/* uio has one interrupt for everything that a device does, and nobody to acknowledge it. */
bool bp_nic_may_interrupt(const struct bp_nic_config *config)
{
    char driver[32] = "";

    if (!config->interrupts || config->attach != BP_NIC_PCI)
        return config->interrupts;
    bound_driver(config->port, driver, sizeof(driver));
    if (!strcmp(driver, "vfio-pci"))
        return true;
    bp_log("%s: '%s' offers no receive interrupts, so its worker polls; vfio-pci does",
           config->name, driver);
    return false;
}

/* Opens a socket as the driver will, only to see whether it may. */
static int try_socket(const struct bp_nic_config *config, int domain, int protocol,
                      struct bp_nic_failure *failure)
{
    int fd = socket(domain, SOCK_RAW | SOCK_CLOEXEC, protocol), error = errno;

    if (fd >= 0) {
        close(fd);
        return 0;
    }
    if (error == EPERM || error == EACCES)
        return bp_nic_fail(failure, -error,
                           "%s: model '%s' needs root, or CAP_NET_RAW, CAP_NET_ADMIN and CAP_BPF",
                           config->name, config->model);
    return bp_nic_fail(failure, -error, "%s: this kernel has no %s sockets (error %d)",
                       config->name, domain == AF_XDP ? "AF_XDP" : "AF_PACKET", error);
}

/* AF_XDP has one socket for each channel of the interface. Drivers without channels have one. */
static int check_channels(const struct bp_nic_config *config, struct bp_nic_failure *failure)
{
    struct ethtool_channels channels = {.cmd = ETHTOOL_GCHANNELS};
    struct ifreq request = {.ifr_data = (char *)&channels};
    u32 has = 1;

    if (!bp_nic_interface_ask(config->device, SIOCETHTOOL, &request))
        has = BP_MAX(channels.combined_count, channels.rx_count);
    if (config->queues <= has)
        return 0;
    return bp_nic_fail(failure, -EINVAL,
                       "%s: %u queues are planned, but interface '%s' has %u; set queues to %u, or "
                       "give it more: 'ethtool -L %s combined %u'",
                       config->name, config->queues, config->device, has, has, config->device,
                       config->queues);
}

static int check_interface(const struct bp_nic_config *config, struct bp_nic_failure *failure)
{
    struct ifreq request = {0};
    bool xdp = config->attach == BP_NIC_AF_XDP;
    int ret;

    if (bp_nic_interface_ask(config->device, SIOCGIFFLAGS, &request))
        return bp_nic_fail(failure, -ENODEV,
                           "%s: there is no interface '%s' here; 'ip link' lists what there is",
                           config->name, config->device);
    if (!(request.ifr_flags & IFF_UP))
        return bp_nic_fail(failure, -ENETDOWN,
                           "%s: interface '%s' is switched off; 'ip link set %s up' switches it on",
                           config->name, config->device, config->device);
    ret = try_socket(config, xdp ? AF_XDP : AF_PACKET, 0, failure);
    return ret || !xdp ? ret : check_channels(config, failure);
}

static int check_tap(const struct bp_nic_config *config, struct bp_nic_failure *failure)
{
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC), error = errno;

    if (fd < 0)
        return bp_nic_fail(failure, -error,
                           "%s: /dev/net/tun cannot be opened (error %d); 'modprobe tun', and run "
                           "as root or with CAP_NET_ADMIN",
                           config->name, error);
    close(fd);
    return try_socket(config, AF_PACKET, 0, failure); /* the same capabilities, asked cheaply */
}

/* A socket of a type that nobody serves here: whoever does is not disturbed. */
static bool has_server(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool refused;

    bp_snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
    refused = connect(fd, (struct sockaddr *)&to, sizeof(to)) && errno == ECONNREFUSED;
    close(fd);
    return !refused;
}

/* What a server that was killed has left is in the way of the next one. */
static int clear_way(const struct bp_nic_config *config, struct bp_nic_failure *failure)
{
    struct stat found;

    if (lstat(config->device, &found))
        return 0;
    if (!S_ISSOCK(found.st_mode))
        return bp_nic_fail(failure, -EEXIST, "%s: '%s' is there and is no socket; remove it",
                           config->name, config->device);
    if (has_server(config->device))
        return bp_nic_fail(failure, -EADDRINUSE,
                           "%s: another process serves socket '%s'; stop it, or let this one be "
                           "its client (role)",
                           config->name, config->device);
    if (unlink(config->device))
        return bp_nic_fail(failure, -errno, "%s: the old socket '%s' cannot be removed: error %d",
                           config->name, config->device, errno);
    return 0;
}

static int check_socket(const struct bp_nic_config *config, struct bp_nic_failure *failure)
{
    char path[128];

    bp_snprintf(path, sizeof(path), "%s", config->device);
    if (access(dirname(path), W_OK | X_OK))
        return bp_nic_fail(failure, -errno, "%s: the folder of socket '%s' is not to be used: %s",
                           config->name, config->device,
                           errno == ENOENT ? "it does not exist" : "no permission");
    return config->serves ? clear_way(config, failure) : 0;
}

static check_fn *const checks[] = {
    [BP_NIC_PCI] = check_pci,          [BP_NIC_PCI_SHARED] = check_pci,
    [BP_NIC_AF_XDP] = check_interface, [BP_NIC_AF_PACKET] = check_interface,
    [BP_NIC_TAP] = check_tap,          [BP_NIC_SOCKET] = check_socket,
};

int bp_nic_preflight(const struct bp_nic_config *config, struct bp_nic_failure *failure)
{
    check_fn *check = config->attach < ARRAY_SIZE(checks) ? checks[config->attach] : NULL;

    return check ? check(config, failure) : 0;
}
