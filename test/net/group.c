/*
 * Multicast, one end under the runtime and the other on Linux:
 *
 *     group member classic|mcast GROUP PORT [INTERFACE]
 *                                             joins, prints what comes; on "leave" it leaves, on
 *                                             "end" it ends
 *     group send TARGET PORT WORD...          a datagram for each word
 *     group router GROUP                      asks who is there, and prints the reports about the
 *                                             group by their record types (RFC 3376, RFC 3810)
 */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <err.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/igmp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char device[] = "bp0";
static unsigned interface; /* of a member; 0: whichever there is */

static int check(long ret, const char *what)
{
    if (ret < 0)
        err(1, "%s", what);
    return (int)ret;
}

static union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_storage storage;
} group;
static socklen_t group_length;

static void resolve(const char *address, const char *port)
{
    if (inet_pton(AF_INET6, address, &group.v6.sin6_addr) == 1) {
        group.v6.sin6_family = AF_INET6;
        group.v6.sin6_port = htons((uint16_t)atoi(port));
        group_length = sizeof(group.v6);
    } else if (inet_pton(AF_INET, address, &group.v4.sin_addr) == 1) {
        group.v4.sin_family = AF_INET;
        group.v4.sin_port = htons((uint16_t)atoi(port));
        group_length = sizeof(group.v4);
    } else {
        errx(2, "%s is no address", address);
    }
}

static int is_v6(void)
{
    return group.any.sa_family == AF_INET6;
}

static int level(void)
{
    return is_v6() ? IPPROTO_IPV6 : IPPROTO_IP;
}

static void membership(int fd, int join, int classic)
{
    struct group_req request = {.gr_interface = interface, .gr_group = group.storage};
    struct ip_mreqn mreq = {.imr_multiaddr = group.v4.sin_addr, .imr_ifindex = (int)interface};
    struct ipv6_mreq mreq6 = {.ipv6mr_multiaddr = group.v6.sin6_addr,
                              .ipv6mr_interface = interface};
    int ret;

    if (!classic)
        ret = setsockopt(fd, level(), join ? MCAST_JOIN_GROUP : MCAST_LEAVE_GROUP, &request,
                         sizeof(request));
    else if (is_v6())
        ret = setsockopt(fd, level(), join ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP, &mreq6,
                         sizeof(mreq6));
    else
        ret = setsockopt(fd, level(), join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &mreq,
                         sizeof(mreq));
    check(ret, join ? "join" : "leave");
    puts(join ? "joined" : "left");
}

static void member(int classic)
{
    struct sockaddr_storage any = group.storage;
    int fd = check(socket(group.any.sa_family, SOCK_DGRAM, 0), "socket"), one = 1;
    char word[64];
    ssize_t n;

    if (is_v6())
        ((struct sockaddr_in6 *)&any)->sin6_addr = in6addr_any;
    else
        ((struct sockaddr_in *)&any)->sin_addr.s_addr = INADDR_ANY;
    check(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)), "SO_REUSEADDR");
    check(bind(fd, (struct sockaddr *)&any, group_length), "bind");
    membership(fd, 1, classic);
    do {
        n = check(recv(fd, word, sizeof(word) - 1, 0), "recv");
        word[n] = '\0';
        printf("got %s\n", word);
        if (!strcmp(word, "leave"))
            membership(fd, 0, classic);
    } while (strcmp(word, "end"));
}

/* Linux is told of the way; under the runtime the NIC's route knows it. Linux's own sockets, that
 * of the runtime's program among them, get nothing from each other. */
static void choose_interface(int fd)
{
    unsigned index = if_nametoindex(device), off = 0;
    struct ip_mreqn way = {.imr_ifindex = (int)index};

    if (index && is_v6())
        check(setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index, sizeof(index)), "interface");
    else if (index)
        check(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &way, sizeof(way)), "interface");
    check(is_v6() ? setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &off, sizeof(off))
                  : setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &off, sizeof(off)),
          "loop");
}

static void send_words(char **words)
{
    int fd = check(socket(group.any.sa_family, SOCK_DGRAM, 0), "socket");

    choose_interface(fd);
    for (; *words; words++)
        check(sendto(fd, *words, strlen(*words), 0, &group.any, group_length), "sendto");
}

/* ---- a router ---- */

static uint16_t checksum(const void *data, size_t bytes)
{
    const uint16_t *words = data;
    uint32_t sum = 0;

    for (size_t i = 0; i < bytes / 2; i++)
        sum += words[i];
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t) ~(sum + (sum >> 16));
}

static int open_router(void)
{
    unsigned char router_alert[] = {0, 0, 5, 2, 0, 0, 1, 0};
    int v6 = is_v6(),
        fd = check(socket(group.any.sa_family, SOCK_RAW, v6 ? IPPROTO_ICMPV6 : IPPROTO_IGMP),
                   "socket");
    struct ip_mreqn v3_routers = {.imr_multiaddr.s_addr = inet_addr("224.0.0.22"),
                                  .imr_ifindex = (int)if_nametoindex(device)};
    struct ipv6_mreq v2_routers = {.ipv6mr_interface = if_nametoindex(device)};

    choose_interface(fd);
    inet_pton(AF_INET6, "ff02::16", &v2_routers.ipv6mr_multiaddr);
    if (v6) {
        check(setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &v2_routers, sizeof(v2_routers)),
              "join");
        check(setsockopt(fd, IPPROTO_IPV6, IPV6_HOPOPTS, router_alert, sizeof(router_alert)),
              "alert");
    } else {
        check(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &v3_routers, sizeof(v3_routers)),
              "join");
    }
    return fd;
}

/* General queries: answers are wanted within a tenth of a second. */
static void ask_v4(int fd)
{
    unsigned char query[12] = {0x11, 1};
    struct sockaddr_in all = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr("224.0.0.1")};
    uint16_t sum = checksum(query, sizeof(query));

    memcpy(query + 2, &sum, sizeof(sum));
    check(sendto(fd, query, sizeof(query), 0, (struct sockaddr *)&all, sizeof(all)), "query");
}

static void ask_v6(int fd)
{
    unsigned char query[28] = {130, 0, 0, 0, 0, 100};
    struct sockaddr_in6 all = {.sin6_family = AF_INET6, .sin6_scope_id = if_nametoindex(device)};

    inet_pton(AF_INET6, "ff02::1", &all.sin6_addr);
    check(sendto(fd, query, sizeof(query), 0, (struct sockaddr *)&all, sizeof(all)), "query");
}

/* The record of a report that is about the group; 0: none. */
static int record_type(const unsigned char *packet, size_t bytes)
{
    const unsigned char *report = is_v6() ? packet : packet + (packet[0] & 15) * 4;
    const unsigned char *record = report + 8;
    size_t address = is_v6() ? 16 : 4, left = bytes - (size_t)(record - packet);
    const void *wanted = is_v6() ? (const void *)&group.v6.sin6_addr : &group.v4.sin_addr;

    if (bytes < 8 + (is_v6() ? 0 : 20) || report[0] != (is_v6() ? 143 : 0x22))
        return 0;
    for (int n = report[6] << 8 | report[7]; n && left >= 4 + address; n--) {
        if (!memcmp(record + 4, wanted, address))
            return record[0];
        record += 4 + address;
        left -= 4 + address;
    }
    return 0;
}

static void router(void)
{
    unsigned char packet[2048];
    int fd = open_router(), type;

    puts("listening");
    for (;;) {
        ssize_t n = check(recv(fd, packet, sizeof(packet), 0), "recv");

        type = record_type(packet, (size_t)n);
        if (type)
            printf("report %d\n", type);
        if (type == 4) /* joined: now it is asked */
            is_v6() ? ask_v6(fd) : ask_v4(fd);
        if (type == 3)
            return; /* left */
    }
}

int main(int argc, char **argv)
{
    if (argc < 3)
        errx(2, "member|send|router ...");
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!strcmp(argv[1], "member") && argc >= 5) {
        interface = argc > 5 ? if_nametoindex(argv[5]) : 0;
        resolve(argv[3], argv[4]);
        member(!strcmp(argv[2], "classic"));
    } else if (!strcmp(argv[1], "send") && argc > 4) {
        resolve(argv[2], argv[3]);
        send_words(argv + 4);
    } else if (!strcmp(argv[1], "router")) {
        resolve(argv[2], "0");
        router();
    }
    return 0;
}
