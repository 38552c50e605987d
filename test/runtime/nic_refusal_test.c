// sources: runtime-c/base/*.c runtime-c/base/*.S runtime-c/nic/*.c
// drivers: net_null net_ring net_tap net_af_packet net_af_xdp net_memif net_virtio_user
/* Plans that the machine cannot keep: each is refused with a sentence that names the NIC and the
 * way out, and nothing stays up. */
#include "nic_harness.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

static void refused(int error, enum bp_exit_status status, const char *words)
{
    int ret = bp_nics_open(&setup.tables, &setup.failure);

    check(ret == error || (!error && ret < 0), "error %d", ret);
    check(setup.failure.status == status, "status %d", (int)setup.failure.status);
    check(strstr(setup.failure.text, words) != NULL, "'%s' says '%s'", setup.failure.text, words);
    check(!bp_nics_count(), "nothing is up");
}

static struct bp_nic_config *null(void)
{
    return nic("net_null0", "--vdev=net_null0,no-rx=1", BP_NIC_NOTHING);
}

static struct bp_nic_config *ring(void)
{
    return nic("net_ring0", "--vdev=net_ring0", BP_NIC_NOTHING);
}

/* ---- sockets to serve ---- */

static const char *socket_path(const char *name)
{
    static char path[100];

    check(getcwd(path, 80) != NULL, "a folder");
    snprintf(path + strlen(path), 20, "/%s.sock", name);
    unlink(path);
    return path;
}

static int bound(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

    snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
    check(!bind(fd, (struct sockaddr *)&at, sizeof(at)) && !listen(fd, 1), "a socket is bound");
    return fd;
}

static struct bp_nic_config *memif_server(const char *path)
{
    static char args[200];
    struct bp_nic_config *memif;

    snprintf(args, sizeof(args), "--vdev=net_memif0,role=server,socket=%s,socket-abstract=no",
             path);
    memif = nic("net_memif0", args, BP_NIC_SOCKET);
    memif->device = path;
    memif->serves = true;
    return memif;
}

static void served_by_another(void)
{
    const char *path = socket_path("live");
    int fd = bound(path);

    memif_server(path);
    refused(-EADDRINUSE, BP_EXIT_ENVIRONMENT, "another process serves socket '");
    check(!access(path, F_OK), "its socket is still there");
    close(fd);
}

static void no_socket(void)
{
    const char *path = socket_path("file");

    close(open(path, O_CREAT | O_WRONLY, 0600));
    memif_server(path);
    refused(-EEXIST, BP_EXIT_ENVIRONMENT, "file.sock' is there and is no socket");
    check(!access(path, F_OK), "nothing of somebody else's is removed");
}

static void left_by_the_dead(void)
{
    const char *path = socket_path("stale");

    close(bound(path));
    memif_server(path);
    check(!bp_nics_open(&setup.tables, &setup.failure), "a socket that is left is no obstacle: %s",
          setup.failure.text);
    bp_nics_close();
    check(access(path, F_OK), "and nothing is left");
}

/* ---- what does not exist ---- */

static void no_interface(void)
{
    own_network();
    nic("net_af_packet0", "--vdev=net_af_packet0,iface=nosuch", BP_NIC_AF_PACKET)->device =
        "nosuch";
    refused(-ENODEV, BP_EXIT_USER, "net0: there is no interface 'nosuch'");
}

static void no_xdp_interface(void)
{
    own_network();
    nic("net_af_xdp0", "--vdev=net_af_xdp0,iface=nosuch", BP_NIC_AF_XDP)->device = "nosuch";
    refused(-ENODEV, BP_EXIT_USER, "'ip link' lists");
}

static void no_pci_device(void)
{
    nic("ffff:ff:1f.7", NULL, BP_NIC_PCI)->device = "ffff:ff:1f.7";
    refused(-ENODEV, BP_EXIT_USER, "there is no PCI device ffff:ff:1f.7");
}

/* Any PCI function of this machine that no program could take, and who has it. */
static void held_by_the_kernel(void)
{
    DIR *folder = opendir("/sys/bus/pci/devices");
    struct dirent *entry = NULL;
    char link[512], driver[512], name[16] = "", words[256];

    while (folder && !*name && (entry = readdir(folder))) {
        snprintf(link, sizeof(link), "/sys/bus/pci/devices/%s/driver", entry->d_name);
        memset(driver, 0, sizeof(driver));
        if (strlen(entry->d_name) == 12 &&
            (readlink(link, driver, sizeof(driver) - 1) < 0 || !strstr(driver, "io-pci")))
            memcpy(name, entry->d_name, 13);
    }
    if (!*name)
        exit(SKIPPED);
    snprintf(words, sizeof(words), "is held by %s%.64s%s", *driver ? "driver '" : "no driver",
             *driver ? strrchr(driver, '/') + 1 : "", *driver ? "' of the kernel" : "");
    nic(name, NULL, BP_NIC_PCI)->device = name;
    refused(-EBUSY, BP_EXIT_ENVIRONMENT, words);
    snprintf(words, sizeof(words), "'bypassgen bind %s'", name);
    check(strstr(setup.failure.text, words) != NULL, "says how: '%s'", setup.failure.text);
}

static void switched_off(void)
{
    own_network();
    shell("ip link add va type veth peer name vb");
    nic("net_af_packet0", NULL, BP_NIC_AF_PACKET)->device = "va";
    refused(-ENETDOWN, BP_EXIT_ENVIRONMENT, "'ip link set va up' switches it on");
}

static void no_folder(void)
{
    nic("net_memif0", NULL, BP_NIC_SOCKET)->device = "/nonexistent/memif.sock";
    refused(-ENOENT, BP_EXIT_ENVIRONMENT, "the folder of socket '/nonexistent/memif.sock'");
}

static void no_other_end(void)
{
    nic("net_virtio_user0", "--vdev=net_virtio_user0,path=/tmp/bp-nosuch.sock,queues=1",
        BP_NIC_SOCKET)
        ->device = "/tmp/bp-nosuch.sock";
    refused(0, BP_EXIT_USER, "does the other end serve it?");
}

static void no_driver(void)
{
    nic("net_nosuch0", NULL, BP_NIC_NOTHING);
    refused(-ENODEV, BP_EXIT_USER, "net0: DPDK's driver did not take net_nosuch0");
}

static void bad_argument(void)
{
    null();
    argument("--no-such-option");
    if (!freopen("/dev/null", "w", stdout)) /* DPDK prints its usage */
        exit(SKIPPED);
    bool refuses = bp_nics_open(&setup.tables, &setup.failure) < 0 &&
                   strstr(setup.failure.text, "DPDK does not start");
    _exit(!refuses);
}

/* ---- what is too much ---- */

static void too_many_queues(void)
{
    struct bp_nic_config *config;

    own_network();
    shell("ip link add va type veth peer name vb && ip link set va up");
    config = nic("net_af_packet0", "--vdev=net_af_packet0,iface=va,qpairs=1", BP_NIC_AF_PACKET);
    config->device = "va";
    config->queues = 3;
    refused(-EINVAL, BP_EXIT_USER, "3 queues are planned, but the device has 1");
}

static void too_many_channels(void)
{
    struct bp_nic_config *config;

    own_network();
    shell("ip link add va type veth peer name vb && ip link set va up");
    config = nic("net_af_xdp0", NULL, BP_NIC_AF_XDP);
    config->device = "va";
    config->queues = 3;
    refused(-EINVAL, BP_EXIT_USER,
            "3 queues are planned, but interface 'va' has 1; set queues to 1, or give it more: "
            "'ethtool -L va combined 3'");
}

static void no_queue(void)
{
    ring()->queues = 0;
    refused(-EINVAL, BP_EXIT_USER, "0 queues are planned");
}

static void more_queues_than_workers(void)
{
    null()->queues = 17;
    refused(-EINVAL, BP_EXIT_USER, "17 queues are planned, but the device has 16");
}

static void mtu_beyond_the_device(void)
{
    struct bp_nic_config *tap;

    own_network();
    tap = nic("net_tap0", "--vdev=net_tap0,iface=bptap0", BP_NIC_TAP);
    tap->device = "bptap0";
    tap->mtu = 60000;
    refused(-EINVAL, BP_EXIT_USER, "MTU of 60000");
}

static void too_little_memory(void)
{
    null();
    setup.queues[0][0].packets = (1 << 20) - 1;
    refused(-ENOMEM, BP_EXIT_ENVIRONMENT, "no memory for 1048575 packets of 2048 bytes");
}

/* Nobody has as many; those of any node, and those of a node that is there. */
static void too_few_hugepages(void)
{
    static const int nodes[] = {-1, 0};
    static const char *const names[] = {"any NUMA node", "NUMA node 0"};

    for (u32 i = 0; i < ARRAY_SIZE(nodes); i++) {
        struct bp_nic_hugepages pages = {.node = nodes[i], .count = 1 << 30};
        char words[128];

        null();
        setup.tables.count = 1;
        setup.tables.hugepage_kib = 2048;
        setup.tables.hugepages = &pages;
        setup.tables.hugepage_nodes = 1;
        snprintf(words, sizeof(words), "planned on 1073741824 huge pages of 2048 KiB on %s, but ",
                 names[i]);
        refused(-ENOMEM, BP_EXIT_ENVIRONMENT, words);
        check(strstr(setup.failure.text, "/hugepages/hugepages-2048kB/nr_hugepages") != NULL,
              "says how: '%s'", setup.failure.text);
        setup.tables.count = 0;
    }
}

static void enough_hugepages(void)
{
    static const struct bp_nic_hugepages none = {.node = 0};

    null();
    setup.tables.hugepage_kib = 2048;
    setup.tables.hugepages = &none;
    setup.tables.hugepage_nodes = 1;
    if (open_nics())
        bp_nics_close();
}

static void second_nic_fails(void)
{
    null();
    nic("net_ring0", "--vdev=net_ring0", BP_NIC_NOTHING)->queues = 17;
    refused(-EINVAL, BP_EXIT_USER, "net1: 17 queues");
}

/* ---- what is not allowed ---- */

static void without_rights(void)
{
    own_network();
    shell("ip link add va type veth peer name vb && ip link set va up");
    if (setgid(65534) || setuid(65534))
        exit(SKIPPED);
}

static void packet_socket_without_rights(void)
{
    without_rights();
    nic("net_af_packet0", NULL, BP_NIC_AF_PACKET)->device = "va";
    refused(-EPERM, BP_EXIT_ENVIRONMENT, "needs root, or CAP_NET_RAW");
}

static void xdp_socket_without_rights(void)
{
    without_rights();
    nic("net_af_xdp0", NULL, BP_NIC_AF_XDP)->device = "va";
    refused(-EPERM, BP_EXIT_ENVIRONMENT, "needs root, or CAP_NET_RAW");
}

static void tap_without_rights(void)
{
    without_rights();
    nic("net_tap0", NULL, BP_NIC_TAP)->device = "bptap0";
    refused(0, BP_EXIT_ENVIRONMENT, "CAP_NET_ADMIN");
}

/* Of the calls of the system, a filter refuses one. */
static void without_membarrier(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = ARRAY_SIZE(filter), .filter = filter};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
        exit(SKIPPED);
    ring();
    refused(-EPERM, BP_EXIT_ENVIRONMENT, "a filter of system calls has to let it pass");
}

/* ---- what is done without ---- */

static void missing_offloads_are_done_without(void)
{
    struct bp_nic_facts facts;

    null()->offloads = BP_NIC_TX_TSO | BP_NIC_RX_L4_CHECKSUM | BP_NIC_TX_CHAIN;
    if (!open_nics())
        return;
    bp_nic_facts(bp_nics_get(0), &facts);
    check(!(facts.offloads & BP_NIC_TX_TSO) && facts.missing & BP_NIC_TX_TSO, "TSO is missing");
    check(!(bp_nic_device(bp_nics_get(0), 0)->offloads & BP_DEVICE_TSO), "the stack is told");
    bp_nics_close();
}

int main(void)
{
    in_child("no interface", no_interface);
    in_child("no interface for AF_XDP", no_xdp_interface);
    in_child("no PCI device", no_pci_device);
    in_child("a PCI device that the kernel holds", held_by_the_kernel);
    in_child("an interface that is switched off", switched_off);
    in_child("no folder for a socket", no_folder);
    in_child("a socket that another serves", served_by_another);
    in_child("a file where a socket is to be", no_socket);
    in_child("a socket that is left", left_by_the_dead);
    in_child("no other end", no_other_end);
    in_child("no driver", no_driver);
    in_child("an argument that DPDK does not know", bad_argument);
    in_child("too many queues", too_many_queues);
    in_child("more queues than channels", too_many_channels);
    in_child("no queue", no_queue);
    in_child("more queues than workers", more_queues_than_workers);
    in_child("MTU beyond the device's", mtu_beyond_the_device);
    in_child("too little memory", too_little_memory);
    in_child("too few huge pages", too_few_hugepages);
    in_child("huge pages enough", enough_hugepages);
    in_child("the second NIC fails", second_nic_fails);
    in_child("AF_PACKET without rights", packet_socket_without_rights);
    in_child("AF_XDP without rights", xdp_socket_without_rights);
    in_child("TAP without rights", tap_without_rights);
    in_child("membarrier refused", without_membarrier);
    in_child("missing offloads", missing_offloads_are_done_without);
    return failures != 0;
}
