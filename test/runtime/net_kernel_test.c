// sources: runtime-c/net/*.c runtime-c/nic/packet.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/*
 * The stack against Linux: a TAP device in a network namespace of the test's own joins the two, the
 * kernel being 10.0.0.2 and fd00::2. Skipped where the namespace or the device may not be made.
 */
#include "net_harness.h"

#include "net/udp.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
    SKIPPED = 77,
    PATIENCE_SECONDS = 10, /* for what should take no time at all */
    OUR_PORT = 7,
};

static int tap;
static bool v6;

static u32 tap_transmit(struct bp_device *device, struct bp_packet **packets, u32 count)
{
    (void)device;
    for (u32 i = 0; i < count; i++) {
        static u8 frame[BUFFER];

        bp_packet_read(packets[i], 0, frame, packets[i]->total);
        if (write(tap, frame, packets[i]->total) < 0)
            return i;
        free_packet(packets[i]);
    }
    return count;
}

static const struct bp_device_ops tap_ops = {fake_alloc, fake_free, tap_transmit};

/*
 * Gives the kernel's end fd00::2, usable at once: without IFA_F_NODAD the address stays tentative
 * until a work queue of the kernel's gets to it, and connect() fails until then (rtnetlink(7)).
 */
static bool add_v6_address(int index)
{
    struct {
        struct nlmsghdr header;
        struct ifaddrmsg message;
        struct rtattr attribute;
        struct in6_addr address;
    } request = {
        .header = {.nlmsg_len = sizeof(request),
                   .nlmsg_type = RTM_NEWADDR,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE},
        .message = {.ifa_family = AF_INET6,
                    .ifa_prefixlen = 64,
                    .ifa_flags = IFA_F_NODAD,
                    .ifa_index = (u32)index},
        .attribute = {.rta_len = RTA_LENGTH(sizeof(request.address)), .rta_type = IFA_LOCAL},
    };
    struct {
        struct nlmsghdr header;
        struct nlmsgerr answer;
    } reply = {0};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    bool ok;

    inet_pton(AF_INET6, "fd00::2", &request.address);
    ok = fd >= 0 && send(fd, &request, sizeof(request), 0) == sizeof(request) &&
         recv(fd, &reply, sizeof(reply), 0) > 0 && reply.header.nlmsg_type == NLMSG_ERROR &&
         !reply.answer.error;
    close(fd);
    return ok;
}

/* Brings the kernel's end up with its addresses. */
static bool configure(int v4_socket)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a000002)};
    struct ifreq request = {.ifr_name = "tap0"};

    memcpy(&request.ifr_addr, &address, sizeof(address));
    if (ioctl(v4_socket, SIOCSIFADDR, &request) < 0)
        return false;
    address.sin_addr.s_addr = htonl(0xffffff00);
    memcpy(&request.ifr_netmask, &address, sizeof(address));
    if (ioctl(v4_socket, SIOCSIFNETMASK, &request) < 0)
        return false;
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    if (ioctl(v4_socket, SIOCSIFFLAGS, &request) < 0)
        return false;
    if (ioctl(v4_socket, SIOCGIFINDEX, &request) < 0)
        return false;
    return add_v6_address(request.ifr_ifindex);
}

static bool make_link(void)
{
    struct ifreq request = {.ifr_name = "tap0", .ifr_flags = IFF_TAP | IFF_NO_PI};
    int v4_socket;
    bool ok;

    if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
        return false;
    tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (tap < 0 || ioctl(tap, TUNSETIFF, &request) < 0)
        return false;
    v4_socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ok = v4_socket >= 0 && configure(v4_socket);
    close(v4_socket);
    return ok;
}

static u64 clock_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (u64)t.tv_sec * SECOND + (u64)t.tv_nsec;
}

/* Frames that the kernel has sent, to the stack. */
static void take_frames(void)
{
    for (;;) {
        struct bp_packet *packet = new_packet();
        ssize_t len = read(tap, bp_packet_data(packet), BUFFER - HEADROOM);

        if (len <= 0) {
            free_packet(packet);
            return;
        }
        packet->len = (u16)len;
        packet->total = (u32)len;
        bp_net_input(&net, &fake.device, packet, clock_now());
    }
}

/* Lets both sides work until there is something to read from the kernel's socket, or error is set.
 */
static bool work_until(int fd, const u32 *error)
{
    u64 end = clock_now() + PATIENCE_SECONDS * SECOND;

    while (clock_now() < end) {
        struct pollfd polls[] = {{.fd = tap, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
        u64 next = bp_net_deadline(&net), at = clock_now();
        u64 wait = next <= at ? 0 : BP_MIN(next - at, SECOND) / 1000000 + 1;

        if (error && *error)
            return true;
        poll(polls, ARRAY_SIZE(polls), (int)wait);
        take_frames();
        bp_net_poll(&net, clock_now());
        if (polls[1].revents && !error)
            return true;
    }
    return false;
}

static const char *ip(void)
{
    return v6 ? "IPv6" : "IPv4";
}

static struct sockaddr_storage sockaddr_of(const char *text, u16 port)
{
    struct sockaddr_storage to = {.ss_family = v6 ? AF_INET6 : AF_INET};

    if (v6) {
        inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)&to)->sin6_addr);
        ((struct sockaddr_in6 *)&to)->sin6_port = htons(port);
    } else {
        inet_pton(AF_INET, text, &((struct sockaddr_in *)&to)->sin_addr);
        ((struct sockaddr_in *)&to)->sin_port = htons(port);
    }
    return to;
}

static int connected_socket(int type, int protocol, u16 port)
{
    int fd = socket(v6 ? AF_INET6 : AF_INET, type, protocol);
    struct sockaddr_storage to = sockaddr_of(v6 ? "fd00::1" : "10.0.0.1", port);

    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
        check(false, "%s: connect: %s", ip(), strerror(errno));
    return fd;
}

static struct bp_udp udp;
static struct bp_ip_error last_error;
static u32 errors;

/* Sends every datagram back. */
static void echo(struct bp_udp_endpoint *endpoint, const struct bp_packet *received,
                 const struct bp_udp_source *source)
{
    struct bp_packet *first = NULL, **link = &first;
    struct bp_ip_path path;

    for (u32 at = 0; at < received->total || !first;) {
        struct bp_packet *piece = new_packet();
        u32 part = BP_MIN(received->total - at, (u32)BUFFER - HEADROOM);

        bp_packet_read(received, at, bp_packet_data(piece), part);
        piece->len = (u16)part;
        *link = piece;
        link = &piece->next;
        at += part;
    }
    first->total = received->total;
    if (bp_ip_path_init(&net, &path, NULL, &source->info->source, BP_NET_ANY_INTERFACE) != 0)
        abort();
    path.flags |= BP_PATH_FRAGMENT;
    bp_udp_output(&net, first, &path, endpoint->local_port, source->port, 0, 0);
}

static void on_error(struct bp_udp_endpoint *endpoint, const struct bp_ip_error *error)
{
    (void)endpoint;
    last_error = *error;
    errors++;
}

static const struct bp_udp_handlers handlers = {echo, on_error};
static struct bp_udp_endpoint endpoint;

static void test_datagrams(void)
{
    static const u32 lengths[] = {1, 100, 1472, 1473, 8000, 60000};
    static u8 back[70000];
    int fd = connected_socket(SOCK_DGRAM, 0, OUR_PORT);

    for (u32 i = 0; i < ARRAY_SIZE(lengths); i++) {
        struct bytes data = {};

        put_pattern(&data, lengths[i], (u8)i);
        check(send(fd, data.at, data.len, 0) == (ssize_t)data.len && work_until(fd, NULL) &&
                  recv(fd, back, sizeof(back), MSG_DONTWAIT) == (ssize_t)data.len &&
                  memcmp(back, data.at, data.len) == 0,
              "%s: a datagram of %u bytes goes to the kernel's peer and back", ip(), data.len);
    }
    close(fd);
}

static void test_ping(void)
{
    static const u32 lengths[] = {0, 56, 1400, 3000};
    static u8 back[70000];
    int fd = connected_socket(SOCK_RAW, v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP, 0);

    for (u32 i = 0; i < ARRAY_SIZE(lengths); i++) {
        struct bytes data = {};
        u32 header = v6 ? 0 : 20;
        ssize_t len = 0;

        put_hex(&data, v6 ? "80 00 0000 1234 0001" : "08 00 0000 1234 0001");
        put_pattern(&data, lengths[i], (u8)i);
        if (!v6)
            fill_checksum(&data, 2, BP_IP_ICMP, "10.0.0.2", "10.0.0.1");
        send(fd, data.at, data.len, 0);
        do {
            if (!work_until(fd, NULL))
                break;
            len = recv(fd, back, sizeof(back), MSG_DONTWAIT);
        } while (len > 0 && back[header] != (v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY));
        check(len == (ssize_t)(header + data.len) &&
                  memcmp(back + header + 4, data.at + 4, data.len - 4) == 0,
              "%s: the kernel pings us with %u bytes", ip(), lengths[i]);
    }
    close(fd);
}

static void test_errors(void)
{
    struct bp_ip_path path = path_to(v6 ? "fd00::2" : "10.0.0.2");
    int fd = connected_socket(SOCK_DGRAM, 0, OUR_PORT + 1);
    char byte;

    check(send(fd, "x", 1, 0) == 1 && work_until(fd, NULL) &&
              recv(fd, &byte, 1, MSG_DONTWAIT) == -1 && errno == ECONNREFUSED,
          "%s: the kernel hears that nobody has a port", ip());
    close(fd);
    errors = 0;
    bp_udp_output(&net, payload(10), &path, OUR_PORT, 9, 0, 0);
    check(work_until(-1, &errors) && last_error.error == -ECONNREFUSED &&
              last_error.kind == BP_IP_ERROR_PORT_UNREACHABLE,
          "%s: we hear it of the kernel's ports", ip());
}

static void test_group(void)
{
    const char *name = v6 ? "ff15::99" : "239.0.0.5";
    struct bp_ip_addr group = addr(name);
    struct sockaddr_storage to = sockaddr_of(name, OUR_PORT);
    int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
    int index = (int)if_nametoindex("tap0");
    struct ip_mreqn interface = {.imr_ifindex = index};
    char byte;

    if (v6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index, sizeof(index));
    else
        setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof(interface));
    check(bp_group_join(&net, 0, &group) == 0 &&
              sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)) == 1 &&
              work_until(fd, NULL) && recv(fd, &byte, 1, MSG_DONTWAIT) == 1,
          "%s: a group's datagram comes from the kernel, and the answer goes", ip());
    bp_group_leave(&net, 0, &group);
    close(fd);
}

/* A line of /proc/net/snmp or snmp6: the counter's value. */
static u64 kernel_counter(const char *name)
{
    char line[4096], key[64];
    unsigned long long value = 0, found;
    FILE *file = fopen("/proc/self/net/snmp6", "r");

    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line, "%63s %llu", key, &found) == 2 && strcmp(key, name) == 0)
            value = found;
    if (file)
        fclose(file);
    return value;
}

int main(void)
{
    if (!make_link()) {
        printf("skipped: no TAP device in a namespace of our own: %s\n", strerror(errno));
        return SKIPPED;
    }
    default_device();
    fake.device.ops = &tap_ops;
    default_config();
    now = clock_now();
    if (bp_net_init(&net, &config, now) != 0)
        return 1;
    bp_udp_init(&net, &udp);
    endpoint = (struct bp_udp_endpoint){.handlers = &handlers,
                                        .local = BP_IP_ANY6,
                                        .local_port = OUR_PORT,
                                        .interface = BP_NET_ANY_INTERFACE};
    bp_udp_bind(&net, &endpoint);
    for (int version = 0; version < 2; version++) {
        v6 = version;
        test_datagrams();
        test_ping();
        test_errors();
        test_group();
    }
    check(net.drops[BP_DROP_IP_CHECKSUM] + net.drops[BP_DROP_UDP_CHECKSUM] +
                  net.drops[BP_DROP_ICMP_MALFORMED] + net.drops[BP_DROP_IP_SHORT] ==
              0,
          "nothing of the kernel's is malformed to us");
    check(kernel_counter("Icmp6InCsumErrors") + kernel_counter("Udp6InCsumErrors") +
                  kernel_counter("Ip6InHdrErrors") + kernel_counter("Icmp6InErrors") ==
              0,
          "nothing of ours is malformed to the kernel");
    bp_udp_unbind(&endpoint);
    stop();
    return failures != 0;
}
