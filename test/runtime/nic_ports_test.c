// sources: runtime-c/base/*.c runtime-c/base/*.S runtime-c/nic/*.c
// drivers: net_null net_ring net_tap net_af_packet net_af_xdp net_memif net_vhost net_virtio_user
/* Ports of every virtual driver: frames both ways, offloads, counters, sleeping, stop and start. */
#include "nic/dpdk.h"
#include "nic_harness.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

static struct bp_device *device(u32 index)
{
    return bp_nic_device(bp_nics_get(index), 0);
}

static void both_ways(const char *what)
{
    exchange(device(0), device(1), 50, what);
    exchange(device(1), device(0), 50, what);
}

/* ---- in one process ---- */

static void ring_returns_bursts(void)
{
    enum {
        COUNT = 200
    };
    struct bp_packet *out[COUNT], *in[COUNT];
    struct bp_nic_counters counters;
    struct bp_device *ring;
    u32 good = 0;

    nic("net_ring0", "--vdev=net_ring0", BP_NIC_NOTHING)->offloads = BP_NIC_TX_CHAIN;
    if (!open_nics())
        return;
    ring = device(0);
    check(ring->offloads == BP_DEVICE_TX_CHAIN && ring->mtu == 1500, "the device says what it has");
    check(!bp_nic_worker_join(), "a worker joins");
    for (u32 i = 0; i < COUNT; i++)
        out[i] = pattern(ring, 60 + i, i);
    check(ring->ops->transmit(ring, out, COUNT) == COUNT, "sends more than one burst at once");
    for (u32 got = 0; got < COUNT;) {
        u32 some = bp_nic_receive(ring, in, 32);

        for (u32 i = 0; i < some; i++) {
            good += is_pattern(in[i], 60 + got + i, got + i);
            ring->ops->free(ring, in[i]);
        }
        got += some;
        if (!some)
            break;
    }
    check(good == COUNT, "%u of %d frames come back, in order", good, COUNT);
    check(!bp_nic_receive(ring, in, 32), "then there is nothing");
    check(!bp_nic_counters(bp_nics_get(0), &counters) && counters.tx_packets == COUNT &&
              counters.rx_packets == COUNT,
          "counted");
    check(!bp_nic_queue_counters(bp_nics_get(0), 0, &counters) && counters.rx_packets == COUNT,
          "counted by queue");
    check(bp_nic_queue_counters(bp_nics_get(0), 9, &counters) == -EINVAL, "no such queue");
    check(bp_nic_wait_fd(ring) == -1 && bp_nic_arm(ring) == -ENOTSUP, "nothing to sleep on");
    bp_nics_close();
}

/* A driver that has no room takes some, and the rest is the caller's, in order. */
static void full_ring_refuses_the_rest(void)
{
    enum {
        COUNT = 2000
    };
    static struct bp_packet *out[COUNT];
    struct bp_packet *in;
    struct bp_device *ring;
    u32 sent, all = 0, good = 0;

    nic("net_ring0", "--vdev=net_ring0", BP_NIC_NOTHING);
    if (!open_nics())
        return;
    ring = device(0);
    for (u32 i = 0; i < COUNT; i++)
        out[i] = pattern(ring, 64, i);
    sent = ring->ops->transmit(ring, out, COUNT);
    check(sent > 0 && sent < COUNT, "%u of %d fit", sent, COUNT);
    check(out[sent] && is_pattern(out[sent], 64, sent) && is_pattern(out[COUNT - 1], 64, COUNT - 1),
          "the others are still there");
    for (; bp_nic_receive(ring, &in, 1); all++) {
        good += is_pattern(in, 64, all);
        ring->ops->free(ring, in);
    }
    check(all == sent && good == sent, "what was sent arrives");
    check(ring->ops->transmit(ring, out + sent, COUNT - sent) > 0, "the rest can be sent later");
    bp_nics_close();
}

static u32 free_packets(void)
{
    struct bp_nic_facts facts;

    bp_nic_facts(bp_nics_get(0), &facts);
    return facts.free_packets[0];
}

static void pools_run_empty_and_fill_again(void)
{
    static struct bp_packet *all[5000];
    struct bp_device *null;
    u32 count = 0, before;

    nic("net_null0", "--vdev=net_null0,no-rx=1", BP_NIC_NOTHING);
    if (!open_nics())
        return;
    null = device(0);
    before = free_packets();
    while (count < 5000 && (all[count] = null->ops->alloc(null)))
        count++;
    check(count == before && count == 4095, "a pool gives all its %u packets, then NULL", count);
    check(bp_packet_headroom(all[0]) == 128 && bp_packet_tailroom(all[0]) == 2048,
          "with headroom and room for a frame");
    for (u32 i = 1; i < count; i += 2) { /* pairs, as the stack chains them */
        all[i - 1]->next = all[i];
        all[i]->next = NULL;
        null->ops->free(null, all[i - 1]);
    }
    null->ops->free(null, all[count - 1]);
    check(free_packets() == before, "freeing a chain frees all its pieces");
    for (u32 i = 0; i < 10000; i++) {
        struct bp_packet *packet = pattern(null, 100, i);

        if (!packet || null->ops->transmit(null, &packet, 1) != 1) {
            check(false, "sends for ever");
            return;
        }
    }
    check(free_packets() == before, "what was sent is free again");
    bp_nics_close();
}

/* Chains become mbufs of several segments and come back as chains. */
static void chains_keep_their_pieces(void)
{
    struct bp_packet *first, *second, *back;
    struct bp_device *ring;

    nic("net_ring0", "--vdev=net_ring0", BP_NIC_NOTHING)->offloads = BP_NIC_TX_CHAIN;
    if (!open_nics())
        return;
    ring = device(0);
    first = pattern(ring, 100, 1);
    second = pattern(ring, 200, 2);
    bp_packet_pull(second, 14);
    first->next = second;
    first->total += second->len;
    check(ring->ops->transmit(ring, &first, 1) == 1 && bp_nic_receive(ring, &back, 1) == 1,
          "a chain goes round");
    check(back->total == 286 && back->len == 100 && back->next && back->next->len == 186 &&
              !back->next->next && bp_packet_data(back->next)[0] == 2,
          "and has its pieces");
    ring->ops->free(ring, back);
    bp_nics_close();
}

/* What no hardware can do is dropped and counted, not sent wrong, and does not block the queue. */
static void senseless_offloads_are_dropped(void)
{
    struct bp_packet *packets[3];
    struct bp_nic_counters counters;
    struct bp_device *ring;

    nic("net_ring0", "--vdev=net_ring0", BP_NIC_NOTHING);
    if (!open_nics())
        return;
    ring = device(0);
    for (u32 i = 0; i < 3; i++)
        packets[i] = pattern(ring, 100, i);
    packets[1]->flags = BP_PACKET_SEGMENT; /* without mss and header lengths */
    check(ring->ops->transmit(ring, packets, 3) == 3, "taken over");
    check(bp_nic_receive(ring, packets, 3) == 2 && is_pattern(packets[0], 100, 0) &&
              is_pattern(packets[1], 100, 2),
          "the others pass");
    check(!bp_nic_counters(bp_nics_get(0), &counters) && counters.tx_refused == 1, "counted");
    bp_nics_close();
}

static void count_xstat(const char *name, u64 value, void *context)
{
    u64 *sum = context;

    if (!strcmp(name, "rx_good_packets"))
        *sum = value;
}

static void stop_and_start(void)
{
    struct bp_nic *ring;
    u64 received = 0;

    nic("net_ring0", "--vdev=net_ring0", BP_NIC_NOTHING);
    if (!open_nics())
        return;
    ring = bp_nics_get(0);
    for (u32 i = 0; i < 3; i++) {
        exchange(device(0), device(0), 20, "running");
        check(!bp_nic_stop(ring), "stops");
        check(!bp_nic_link(ring).up, "no link");
        check(!bp_nic_start(ring, &setup.failure), "starts");
        check(bp_nic_link(ring).up, "link");
    }
    exchange(device(0), device(0), 20, "running again");
    check(bp_nic_each_xstat(ring, count_xstat, &received) > 0 && received == 80,
          "counters by name");
    bp_nics_close();
}

/* ---- other processes ---- */

static void nothing_is_inherited(void)
{
    struct bp_packet *packet;
    bool before[256];
    int status;
    pid_t pid;

    for (int fd = 0; fd < 256; fd++)
        before[fd] = fcntl(fd, F_GETFD) >= 0;
    own_network();
    nic("net_tap0", "--vdev=net_tap0,iface=bptap0", BP_NIC_TAP)->device = "bptap0";
    if (!open_nics())
        return;
    for (int fd = 0; fd < 256; fd++) {
        int flags = fcntl(fd, F_GETFD);

        check(before[fd] || flags < 0 || flags & FD_CLOEXEC, "descriptor %d is closed on exec", fd);
    }
    packet = device(0)->ops->alloc(device(0));
    if (!(pid = fork())) {
        signal(SIGSEGV, SIG_DFL);
        *(volatile u8 *)bp_packet_data(packet) = 1;
        _exit(0);
    }
    waitpid(pid, &status, 0);
    check(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV, "a child has no packets");
    bp_nics_close();
}

/* ---- on interfaces of the host ---- */

static void veth(void)
{
    own_network();
    shell("ip link add va type veth peer name vb && ip link set va up && ip link set vb up");
}

static struct bp_nic_config *interface(const char *port, const char *devargs, const char *name,
                                       enum bp_nic_attach attach)
{
    struct bp_nic_config *config = nic(port, devargs, attach);

    config->device = name;
    return config;
}

static void packet_sockets(void)
{
    veth();
    interface("net_af_packet0", "--vdev=net_af_packet0,iface=va,framecnt=512", "va",
              BP_NIC_AF_PACKET);
    interface("net_af_packet1", "--vdev=net_af_packet1,iface=vb,framecnt=512", "vb",
              BP_NIC_AF_PACKET);
    if (!open_nics())
        return;
    check(bp_nic_wait_fd(device(0)) >= 0 && bp_nic_wait_fd(device(1)) >= 0 &&
              bp_nic_wait_fd(device(0)) != bp_nic_wait_fd(device(1)),
          "each has a descriptor of its own");
    check(!bp_nic_arm(device(0)), "a worker may sleep on it");
    bp_nic_disarm(device(0));
    both_ways("AF_PACKET");
    bp_nics_close();
}

static void xdp_sockets(void)
{
    veth();
    interface("net_af_xdp0", "--vdev=net_af_xdp0,iface=va", "va", BP_NIC_AF_XDP);
    interface("net_af_xdp1", "--vdev=net_af_xdp1,iface=vb", "vb", BP_NIC_AF_XDP);
    for (u32 i = 0; i < 2; i++)
        setup.queues[i][0].packets = 8191; /* the driver keeps 4096 */
    if (!open_nics())
        return;
    check(bp_nic_wait_fd(device(0)) >= 0 && bp_nic_wait_fd(device(1)) >= 0 &&
              bp_nic_wait_fd(device(0)) != bp_nic_wait_fd(device(1)),
          "each has a descriptor of its own");
    both_ways("AF_XDP");
    check(!bp_nic_stop(bp_nics_get(0)) && !bp_nic_start(bp_nics_get(0), &setup.failure),
          "stop and start");
    both_ways("AF_XDP, started again");
    bp_nics_close();
}

static bool is_its_owners(const char *path)
{
    struct stat status;

    return !stat(path, &status) && !(status.st_mode & (S_IRWXG | S_IRWXO));
}

static void memif(void)
{
    char folder[] = "/tmp/bp-nic-XXXXXX", path[64], arguments[2][160];
    static const char *const roles[2] = {"server", "client"};

    if (!mkdtemp(folder))
        exit(SKIPPED);
    snprintf(path, sizeof(path), "%s/memif.sock", folder);
    for (u32 i = 0; i < 2; i++) {
        snprintf(arguments[i], sizeof(arguments[i]),
                 "--vdev=net_memif%u,role=%s,id=0,socket=%s,socket-abstract=no,rsize=9", i,
                 roles[i], path);
        interface(i ? "net_memif1" : "net_memif0", arguments[i], path, BP_NIC_SOCKET);
    }
    umask(0);
    if (open_nics() && linked()) {
        check(is_its_owners(path), "nobody else may connect");
        check(umask(0) == 0, "what the host creates afterwards has the modes it is given");
        both_ways("memif");
        bp_nics_close();
    }
    unlink(path);
    rmdir(folder);
}

/* The other end: is there when it is told to be, and sends until it is killed. */
static pid_t memif_peer(const char *path, char *argument, int *start)
{
    int told[2];
    pid_t pid;
    char byte;

    if (pipe(told))
        exit(SKIPPED);
    *start = told[1];
    if ((pid = fork()))
        return pid;
    close(told[1]);
    if (read(told[0], &byte, 1) != 1)
        _exit(1);
    interface("net_memif1", argument, path, BP_NIC_SOCKET);
    if (!open_nics())
        _exit(1);
    for (u32 i = 0;; i++)
        send_frame(device(0), NULL, pattern(device(0), 1500, i));
}

static bool has_frames(const char *when)
{
    struct bp_packet *packet = next_frame(device(0));

    if (packet)
        device(0)->ops->free(device(0), packet);
    return check(packet != NULL, "%s: frames arrive", when);
}

/* Whether this process still has memory of the other end mapped. */
static bool maps_peer(void)
{
    char line[512];
    FILE *maps = fopen("/proc/self/maps", "r");
    bool found = false;

    while (maps && !found && fgets(line, sizeof(line), maps))
        found = strstr(line, "memif_region") != NULL;
    if (maps)
        fclose(maps);
    return found;
}

static bool becomes(bool (*state)(void), bool wanted)
{
    for (u32 i = 0; i < 5000 && state() != wanted; i++)
        poll(NULL, 0, 1);
    return state() == wanted;
}

static bool link_is_up(void)
{
    return bp_nic_link(bp_nics_get(0)).up;
}

/* It dies while a worker is inside a burst: its memory leaves after that burst, and not before. */
static void memif_peer_dies(void)
{
    enum {
        LATER_MS = 100 /* far more than the driver needs from the link's end to its munmap */
    };
    static const char client[] = "--vdev=net_memif1,role=client,socket=%s,socket-abstract=no";
    static const char server[] = "--vdev=net_memif0,role=server,socket=%s,socket-abstract=no";
    char folder[] = "/tmp/bp-nic-XXXXXX", path[64], arguments[2][160];
    int start[2];
    pid_t peer[2];

    if (!mkdtemp(folder))
        exit(SKIPPED);
    snprintf(path, sizeof(path), "%s/memif.sock", folder);
    snprintf(arguments[0], sizeof(arguments[0]), server, path);
    snprintf(arguments[1], sizeof(arguments[1]), client, path);
    for (u32 i = 0; i < 2; i++)
        peer[i] = memif_peer(path, arguments[1], &start[i]);
    interface("net_memif0", arguments[0], path, BP_NIC_SOCKET)->serves = true;
    if (!open_nics())
        return;
    for (u32 i = 0; i < 2; i++) {
        struct bp_nic_queue *queue = queue_of(device(0));

        check(write(start[i], "", 1) == 1, "the other end is to start");
        check(becomes(link_is_up, true) && has_frames(i ? "another one" : "the first one"), "link");
        bp_nic_burst_begin(queue);
        kill(peer[i], SIGKILL);
        waitpid(peer[i], NULL, 0);
        check(becomes(link_is_up, false), "the link goes down");
        poll(NULL, 0, LATER_MS);
        check(maps_peer(), "inside a burst, the memory is there");
        bp_nic_burst_end(queue);
        check(becomes(maps_peer, false), "after it, it is gone");
    }
    bp_nics_close();
    rmdir(folder);
}

enum {
    LAST = 255 /* seed of the frame that ends the echo */
};

/* The device side, in a process of its own as in life: returns what it gets, and stays until the
 * other end has hung up. */
static void echo(const char *path, char *argument, int other_end)
{
    char byte;
    struct bp_packet *packet;
    bool last = false;

    interface("net_vhost0", argument, path, BP_NIC_SOCKET);
    if (!open_nics() || !is_its_owners(path))
        _exit(1);
    while (!last && (packet = next_frame(device(0)))) {
        last = bp_packet_data(packet)[14] == LAST;
        if (!send_frame(device(0), NULL, packet))
            break;
    }
    if (read(other_end, &byte, 1))
        last = false;
    bp_nics_close();
    _exit(!last);
}

static void exchange_with_echo(void)
{
    struct bp_packet *got = NULL;
    u32 good = 0;

    for (u32 i = 0; i <= LAST; i++) {
        u32 length = 60 + i * 5;

        if (!send_frame(device(0), NULL, pattern(device(0), length, i)) ||
            !(got = next_frame(device(0))))
            break;
        good += is_pattern(got, length, i);
        device(0)->ops->free(device(0), got);
    }
    check(good == LAST + 1, "%u of %d frames come back as they were sent", good, LAST + 1);
}

static void interrupt_wakes(void)
{
    struct pollfd fd = {.fd = bp_nic_wait_fd(device(0)), .events = POLLIN};
    struct bp_packet *got;

    check(fd.fd >= 0 && !bp_nic_arm(device(0)), "armed");
    check(!poll(&fd, 1, 0), "nothing yet");
    send_frame(device(0), NULL, pattern(device(0), 100, 1));
    check(poll(&fd, 1, 5000) == 1, "an interrupt wakes the sleeper");
    bp_nic_disarm(device(0));
    got = next_frame(device(0));
    check(got && is_pattern(got, 100, 1), "and the frame is there");
    if (got)
        device(0)->ops->free(device(0), got);
    check(!poll(&fd, 1, 0), "disarmed, the descriptor is quiet");
}

static void vhost_and_virtio(void)
{
    char folder[] = "/tmp/bp-nic-XXXXXX", path[64], arguments[2][160];
    int status, hung_up[2];
    pid_t pid;

    if (!mkdtemp(folder) || pipe(hung_up))
        exit(SKIPPED);
    snprintf(path, sizeof(path), "%s/vhost.sock", folder);
    snprintf(arguments[0], sizeof(arguments[0]), "--vdev=net_vhost0,iface=%s", path);
    snprintf(arguments[1], sizeof(arguments[1]),
             "--vdev=net_virtio_user0,path=%s,queues=1,queue_size=512,mac=02:00:00:00:00:07", path);
    if (!(pid = fork())) {
        close(hung_up[1]);
        echo(path, arguments[0], hung_up[0]);
    }
    for (u32 i = 0; i < 5000 && access(path, F_OK); i++)
        poll(NULL, 0, 1);
    interface("net_virtio_user0", arguments[1], path, BP_NIC_SOCKET);
    setup.nics[0].offloads = BP_NIC_TX_L4_CHECKSUM | BP_NIC_TX_TSO | BP_NIC_TX_CHAIN;
    setup.nics[0].link_wait_ms = 5000;
    setup.nics[0].interrupts = true;
    if (open_nics()) {
        check(device(0)->mac[5] == 7, "its Ethernet address is the one planned");
        check(device(0)->offloads & BP_DEVICE_TX_CHAIN, "the other end takes chains");
        interrupt_wakes();
        exchange_with_echo();
        bp_nics_close();
    }
    close(hung_up[1]);
    waitpid(pid, &status, 0);
    check(!status, "the other end is content");
    unlink(path);
    rmdir(folder);
}

/* ---- offloads, against the host's own stack on a TAP interface ---- */

/* A raw socket at the host's end. */
static int host_end(const char *name)
{
    int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
    struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                  .sll_protocol = htons(ETH_P_ALL),
                                  .sll_ifindex = (int)if_nametoindex(name)};

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)))
        exit(SKIPPED);
    return fd;
}

static u16 sum(const u8 *data, u32 length, u32 start)
{
    for (u32 i = 0; i < length; i++)
        start += i & 1 ? data[i] : (u32)data[i] << 8;
    while (start >> 16)
        start = (start & 0xffff) + (start >> 16);
    return (u16)start;
}

enum {
    IP = 14,
    TCP = IP + 20,
    PAYLOAD = TCP + 20,
};

/* An IPv4 TCP segment; its checksums are left empty. */
static void tcp_frame(u8 *frame, const u8 *mac, u32 payload)
{
    static const u8 ip[20] = {0x45, 0, 0, 0, 0, 1, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2};
    static const u8 tcp[20] = {0x1f, 0x90, 0, 80, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x10, 1, 0};

    memset(frame, 0xff, 6);
    memcpy(frame + 6, mac, 6);
    frame[12] = 8;
    frame[13] = 0;
    memcpy(frame + IP, ip, 20);
    frame[IP + 2] = (u8)((40 + payload) >> 8);
    frame[IP + 3] = (u8)(40 + payload);
    memcpy(frame + TCP, tcp, 20);
    for (u32 i = 0; i < payload; i++)
        frame[PAYLOAD + i] = (u8)(i * 7);
}

static u32 pseudo(const u8 *frame, u32 length)
{
    return sum(frame + IP + 12, 8, 6 + length);
}

static bool tcp_is_right(const u8 *frame)
{
    u32 length = ((u32)frame[IP + 2] << 8 | frame[IP + 3]) - 20;

    return sum(frame + TCP, length, pseudo(frame, length)) == 0xffff &&
           sum(frame + IP, 20, 0) == 0xffff;
}

static void put_sum(u8 *place, u16 value)
{
    place[0] = (u8)(value >> 8);
    place[1] = (u8)value;
}

/* The next TCP frame, letting the host's own pass; its length, or 0. */
static u32 next_tcp(int fd, u8 *frame, u32 size)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};

    while (poll(&ready, 1, 5000) == 1) {
        ssize_t length = recv(fd, frame, size, 0);

        if (length >= PAYLOAD && frame[12] == 8 && !frame[13] && frame[IP + 9] == 6)
            return (u32)length;
    }
    return 0;
}

static void tap(void)
{
    struct bp_nic_config *config;

    own_network();
    config = nic("net_tap0", "--vdev=net_tap0,iface=bptap0", BP_NIC_TAP);
    config->device = "bptap0";
    config->interrupts = true;
    config->mac[0] = 2;
    config->mac[5] = 9;
    config->offloads = BP_NIC_RX_IP_CHECKSUM | BP_NIC_RX_L4_CHECKSUM | BP_NIC_TX_IP_CHECKSUM |
                       BP_NIC_TX_L4_CHECKSUM | BP_NIC_TX_TSO | BP_NIC_TX_CHAIN;
}

static void transmit_checksums(void)
{
    struct bp_packet *packet;
    u8 frame[2000];
    int fd;

    tap();
    if (!open_nics())
        return;
    check(device(0)->mac[5] == 9, "its Ethernet address is the one planned");
    fd = host_end("bptap0");
    packet = device(0)->ops->alloc(device(0));
    tcp_frame(bp_packet_data(packet), device(0)->mac, 333);
    packet->len = PAYLOAD + 333;
    packet->total = packet->len;
    packet->l2_len = 14;
    packet->l3_len = packet->l4_len = 20;
    packet->flags = BP_PACKET_FILL_IP | BP_PACKET_FILL_L4;
    put_sum(bp_packet_data(packet) + TCP + 16, (u16)pseudo(bp_packet_data(packet), 353));
    check(device(0)->ops->transmit(device(0), &packet, 1) == 1, "sends");
    check(next_tcp(fd, frame, sizeof(frame)) == PAYLOAD + 333 && tcp_is_right(frame),
          "both checksums are filled in");
    bp_nics_close();
}

static void transmit_segments(void)
{
    struct bp_packet *first, *second;
    u32 bytes = 0, frames = 0, right = 0;
    u8 frame[2000];
    int fd;

    tap();
    if (!open_nics())
        return;
    fd = host_end("bptap0");
    first = device(0)->ops->alloc(device(0));
    second = device(0)->ops->alloc(device(0));
    tcp_frame(bp_packet_data(first), device(0)->mac, 1900);
    first->len = PAYLOAD + 1900;
    memset(bp_packet_data(second), 0x5a, 1900);
    second->len = 1900;
    first->next = second;
    first->total = PAYLOAD + 3800;
    put_sum(bp_packet_data(first) + IP + 2, 40 + 3800);
    first->l2_len = 14;
    first->l3_len = first->l4_len = 20;
    first->mss = 1000;
    first->flags = BP_PACKET_FILL_IP | BP_PACKET_FILL_L4 | BP_PACKET_SEGMENT;
    put_sum(bp_packet_data(first) + TCP + 16, (u16)pseudo(bp_packet_data(first), 0));
    check(device(0)->ops->transmit(device(0), &first, 1) == 1, "sends");
    while (bytes < 3800) {
        u32 length = next_tcp(fd, frame, sizeof(frame));

        if (!length)
            break;
        right += tcp_is_right(frame) && length <= PAYLOAD + 1000;
        bytes += length - PAYLOAD;
        frames++;
    }
    check(bytes == 3800 && frames == 4 && right == 4, "%u bytes in %u segments, %u of them right",
          bytes, frames, right);
    bp_nics_close();
}

/* Flags of the one TCP frame that the host's end sends. */
static u32 receive_flags(int fd, const u8 *frame, u32 length)
{
    const u32 marks =
        BP_PACKET_IP_CHECKED | BP_PACKET_IP_BAD | BP_PACKET_L4_CHECKED | BP_PACKET_L4_BAD;
    struct pollfd ready = {.fd = bp_nic_wait_fd(device(0)), .events = POLLIN};
    struct bp_packet *packet;

    if (send(fd, frame, length, 0) != (ssize_t)length)
        return ~0u;
    while (poll(&ready, 1, 5000) == 1) {
        while (bp_nic_receive(device(0), &packet, 1)) {
            bool ours = packet->len == length && !memcmp(bp_packet_data(packet), frame, length);
            u32 flags = (u32)packet->flags & marks;

            device(0)->ops->free(device(0), packet);
            if (ours)
                return flags;
        }
    }
    return ~0u;
}

static void receive_checksums(void)
{
    static const u8 mac[6] = {2, 0, 0, 0, 0, 1};
    u8 frame[PAYLOAD + 100];
    int fd;

    tap();
    if (!open_nics())
        return;
    check(bp_nic_wait_fd(device(0)) >= 0 && !bp_nic_arm(device(0)), "a worker may sleep on it");
    fd = host_end("bptap0");
    tcp_frame(frame, mac, 100);
    put_sum(frame + IP + 10, (u16)~sum(frame + IP, 20, 0));
    put_sum(frame + TCP + 16, (u16)~sum(frame + TCP, 120, pseudo(frame, 120)));
    check(receive_flags(fd, frame, sizeof(frame)) == (BP_PACKET_IP_CHECKED | BP_PACKET_L4_CHECKED),
          "a right frame is found good");
    frame[PAYLOAD] ^= 1;
    check(receive_flags(fd, frame, sizeof(frame)) == (BP_PACKET_IP_CHECKED | BP_PACKET_L4_BAD),
          "damage in the payload is found");
    frame[IP + 8]--;
    check(receive_flags(fd, frame, sizeof(frame)) & BP_PACKET_IP_BAD,
          "damage in the IP header is found");
    bp_nic_disarm(device(0));
    bp_nics_close();
}

/* ---- RSS ---- */

static void queues_are_separate(void)
{
    struct bp_nic *null;
    struct bp_packet *packet;

    setup.tables.rss_key[0] = 0x6d;
    nic("net_null0", "--vdev=net_null0,no-rx=1", BP_NIC_NOTHING)->queues = QUEUES;
    setup.nics[0].rss = true;
    for (u32 q = 0; q < QUEUES; q++)
        setup.queues[0][q].packets = 1023 * (q + 1);
    if (!open_nics())
        return;
    null = bp_nics_get(0);
    for (u32 q = 0; q < QUEUES; q++) {
        struct bp_device *queue = bp_nic_device(null, q);
        struct bp_nic_facts facts;

        packet = queue->ops->alloc(queue);
        bp_nic_facts(null, &facts);
        check(queue->queue == q && facts.free_packets[q] == 1023 * (q + 1) - 1,
              "queue %u has a pool of its own", q);
        queue->ops->free(queue, packet);
    }
    bp_nics_close();
}

/* The host chooses the queue; each is a descriptor of its own. */
static void tap_queues(void)
{
    tap();
    setup.nics[0].queues = 2;
    if (!open_nics())
        return;
    check(bp_nic_wait_fd(bp_nic_device(bp_nics_get(0), 0)) !=
              bp_nic_wait_fd(bp_nic_device(bp_nics_get(0), 1)),
          "each queue has a descriptor of its own");
    bp_nics_close();
}

int main(void)
{
    in_child("queues are separate", queues_are_separate);
    in_child("queues of a TAP interface", tap_queues);
    in_child("a ring returns bursts", ring_returns_bursts);
    in_child("a full ring refuses the rest", full_ring_refuses_the_rest);
    in_child("pools run empty and fill again", pools_run_empty_and_fill_again);
    in_child("chains keep their pieces", chains_keep_their_pieces);
    in_child("senseless offloads are dropped", senseless_offloads_are_dropped);
    in_child("stop and start", stop_and_start);
    in_child("nothing is inherited", nothing_is_inherited);
    in_child("AF_PACKET on veth", packet_sockets);
    in_child("AF_XDP on veth", xdp_sockets);
    in_child("memif", memif);
    in_child("memif, whose other end dies", memif_peer_dies);
    in_child("vhost-user and virtio-user", vhost_and_virtio);
    in_child("transmit checksums", transmit_checksums);
    in_child("transmit segments", transmit_segments);
    in_child("receive checksums", receive_checksums);
    return failures != 0;
}
