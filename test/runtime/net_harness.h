/*
 * What the tests of the stack share: a device whose pool is counted and whose output is kept, time
 * that passes when told to, and short builders of packets. One stack `net` with one device:
 * 10.0.0.1/24 and fd00::1/64, gateways 10.0.0.254 and fd00::fe; the station `peer` is 10.0.0.2 and
 * fd00::2.
 */
#ifndef TEST_RUNTIME_NET_HARNESS_H
#define TEST_RUNTIME_NET_HARNESS_H

#include "check.h"
#include "net/checksum.h"
#include "net/ip.h"
#include "net/ip_route.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SECOND 1000000000ULL
#define MAYBE_UNUSED __attribute__((unused))

enum {
    HEADROOM = 128,
    BUFFER = 2048 + HEADROOM,
    POOL = 4096,
    SENT_MAX = 512,
};

struct fake_device {
    struct bp_device device;
    int pool_left; /* packets that alloc still gives */
    int room;      /* packets that transmit still takes */
    int live;      /* packets given out and neither freed nor sent */
    struct {
        u8 bytes[16 * BUFFER];
        u32 len;
        u64 flags;
        u16 l2_len, l3_len;
    } sent[SENT_MAX];
    u32 sent_count;
};

static struct fake_device fake;
static struct bp_net net;
static struct bp_net_config config;
static u64 now = 1000 * SECOND;

static const u8 own_mac[6] = {2, 0, 0, 0, 0, 1}, peer_mac[6] = {2, 0, 0, 0, 0, 2};
static const u8 MAYBE_UNUSED gateway_mac[6] = {2, 0, 0, 0, 0, 0xfe};

void bp_bug(const char *cond, const char *file, int line)
{
    printf("FAIL bug: %s at %s:%d\n", cond, file, line);
    abort();
}

/* A packet of its own malloc, so that sanitizers see every step out of it. */
static struct bp_packet *new_packet(void)
{
    struct bp_packet *packet = calloc(1, sizeof(*packet));

    packet->buffer = malloc(BUFFER);
    memset(packet->buffer, 0xa5, BUFFER);
    packet->size = BUFFER;
    packet->offset = HEADROOM;
    fake.live++;
    return packet;
}

static void free_packet(struct bp_packet *packet)
{
    for (struct bp_packet *next; packet; packet = next) {
        next = packet->next;
        free(packet->buffer);
        free(packet);
        fake.live--;
    }
}

static struct bp_packet *fake_alloc(struct bp_device *device)
{
    (void)device;
    return fake.pool_left > 0 ? fake.pool_left--, new_packet() : NULL;
}

static void fake_free(struct bp_device *device, struct bp_packet *packet)
{
    (void)device;
    free_packet(packet);
}

static u32 fake_transmit(struct bp_device *device, struct bp_packet **packets, u32 count)
{
    (void)device;
    for (u32 i = 0; i < count; i++) {
        __typeof__(fake.sent[0]) *sent = &fake.sent[fake.sent_count % SENT_MAX];

        if (fake.room <= 0)
            return i;
        fake.room--;
        sent->len = packets[i]->total;
        sent->flags = packets[i]->flags;
        sent->l2_len = packets[i]->l2_len;
        sent->l3_len = packets[i]->l3_len;
        if (sent->len <= sizeof(sent->bytes))
            bp_packet_read(packets[i], 0, sent->bytes, sent->len);
        fake.sent_count++;
        free_packet(packets[i]);
    }
    return count;
}

static const struct bp_device_ops fake_ops = {fake_alloc, fake_free, fake_transmit};

static MAYBE_UNUSED struct bp_ip_addr addr(const char *text)
{
    struct bp_ip_addr a = {};

    if (strchr(text, ':')) {
        if (inet_pton(AF_INET6, text, a.bytes) != 1)
            abort();
        return a;
    }
    be32 v4;
    if (inet_pton(AF_INET, text, &v4) != 1)
        abort();
    return bp_ip_from_v4(v4);
}

static MAYBE_UNUSED struct bp_ip_prefix prefix(const char *text, u8 length)
{
    return (struct bp_ip_prefix){addr(text), length};
}

static MAYBE_UNUSED void default_config(void)
{
    memset(&config, 0, sizeof(config));
    config.interfaces[0].device = &fake.device;
    config.interface_count = 1;
    config.addresses[0] = (struct bp_net_address){prefix("10.0.0.1", 24), 0};
    config.addresses[1] = (struct bp_net_address){prefix("fd00::1", 64), 0};
    config.address_count = 2;
    config.routes[0] = (struct bp_net_route){prefix("0.0.0.0", 0), addr("10.0.0.254"), 0};
    config.routes[1] = (struct bp_net_route){prefix("::", 0), addr("fd00::fe"), 0};
    config.route_count = 2;
    config.seed = 42;
}

/* A fresh device without packets on their way. */
static MAYBE_UNUSED void default_device(void)
{
    memset(&fake.device, 0, sizeof(fake.device));
    fake.device.ops = &fake_ops;
    fake.device.mtu = 1500;
    memcpy(fake.device.mac, own_mac, 6);
    fake.pool_left = fake.room = 1 << 30;
    fake.sent_count = 0;
}

/* Starts `net` from `config` and forgets its announcements. */
static MAYBE_UNUSED bool start_config(void)
{
    memset(&net, 0, sizeof(net));
    if (bp_net_init(&net, &config, now) != 0)
        return false;
    /* The reports of joined groups are repeated once. */
    now += 2 * SECOND;
    bp_net_poll(&net, now);
    fake.sent_count = 0;
    return true;
}

static MAYBE_UNUSED void start(void)
{
    default_device();
    default_config();
    if (!start_config())
        abort();
}

/* Ends `net`; every packet must have come back. */
static MAYBE_UNUSED void stop(void)
{
    bp_net_stop(&net);
    if (fake.live)
        check(false, "%d packets lost", fake.live);
    fake.live = 0;
}

/* Lets time pass, timers firing on time. */
static MAYBE_UNUSED void pass(u64 nanoseconds)
{
    u64 end = now + nanoseconds, next;

    while ((next = bp_net_deadline(&net)) <= end) {
        now = BP_MAX(now + 1024, next);
        bp_net_poll(&net, now);
    }
    now = BP_MAX(now, end);
    bp_net_poll(&net, now);
}

/* Bytes under construction. */
struct bytes {
    u8 at[70000];
    u32 len;
};

static MAYBE_UNUSED void put(struct bytes *b, const void *bytes, u32 len)
{
    memcpy(b->at + b->len, bytes, len);
    b->len += len;
}

/* Hex digits, blanks between them ignored. */
static MAYBE_UNUSED void put_hex(struct bytes *b, const char *hex)
{
    for (unsigned byte; *hex; hex += 2) {
        while (*hex == ' ')
            hex++;
        if (!*hex || sscanf(hex, "%2x", &byte) != 1)
            break;
        b->at[b->len++] = (u8)byte;
    }
}

static MAYBE_UNUSED void put_zeros(struct bytes *b, u32 len)
{
    memset(b->at + b->len, 0, len);
    b->len += len;
}

/* Recognisable: byte i is i, changed by which. */
static MAYBE_UNUSED void put_pattern(struct bytes *b, u32 len, u8 which)
{
    for (u32 i = 0; i < len; i++)
        b->at[b->len++] = (u8)(i * 7 + which);
}

static MAYBE_UNUSED void put_ether(struct bytes *b, const u8 to[6], const u8 from[6], u16 type)
{
    struct bp_ether_header header = {.type = bp_be16(type)};

    memcpy(header.destination, to, 6);
    memcpy(header.source, from, 6);
    put(b, &header, sizeof(header));
}

/* What stands in an IP header, both versions; 0 takes the usual. */
struct ip_fields {
    const char *source, *destination; /* from the peer to us */
    u8 protocol, ttl, tos;
    u16 fragment, id;
    const char *options; /* hex */
    int payload_length;  /* what the header claims, if not the truth */
};

static MAYBE_UNUSED void put_ipv4(struct bytes *b, struct ip_fields f, const void *payload, u32 len)
{
    struct bytes options = {};
    struct bp_ipv4_header header = {
        .tos = f.tos, .ttl = f.ttl ? f.ttl : 64, .protocol = f.protocol};
    struct bp_ip_addr from = addr(f.source ? f.source : "10.0.0.2");
    struct bp_ip_addr to = addr(f.destination ? f.destination : "10.0.0.1");
    u32 length;

    if (f.options)
        put_hex(&options, f.options);
    length = sizeof(header) + options.len;
    header.version_ihl = (u8)(0x40 | length / 4);
    header.total_length = bp_be16((u16)(length + (f.payload_length ? (u32)f.payload_length : len)));
    header.id = bp_be16(f.id);
    header.fragment = bp_be16(f.fragment);
    header.source = bp_ip_v4(&from);
    header.destination = bp_ip_v4(&to);
    u32 at = b->len;
    put(b, &header, sizeof(header));
    put(b, options.at, options.len);
    be16 checksum = bp_checksum(b->at + at, length);
    memcpy(b->at + at + offsetof(struct bp_ipv4_header, checksum), &checksum, 2);
    put(b, payload, len);
}

static MAYBE_UNUSED void put_ipv6(struct bytes *b, struct ip_fields f, const void *payload, u32 len)
{
    struct bp_ipv6_header header = {
        .version_class_flow = bp_be32(6u << 28 | (u32)f.tos << 20),
        .payload_length = bp_be16((u16)(f.payload_length ? (u32)f.payload_length : len)),
        .next_header = f.protocol,
        .hop_limit = f.ttl ? f.ttl : 64,
    };
    struct bp_ip_addr from = addr(f.source ? f.source : "fd00::2");
    struct bp_ip_addr to = addr(f.destination ? f.destination : "fd00::1");

    memcpy(header.source, from.bytes, 16);
    memcpy(header.destination, to.bytes, 16);
    put(b, &header, sizeof(header));
    put(b, payload, len);
}

/* Puts the transport checksum at offset into a payload that will travel between these. */
static MAYBE_UNUSED void fill_checksum(struct bytes *payload, u32 offset, u8 protocol,
                                       const char *source, const char *destination)
{
    struct bp_ip_addr from = addr(source), to = addr(destination);
    u64 sum = protocol == BP_IP_ICMP || protocol == BP_IP_IGMP
                  ? 0
                  : bp_sum_pseudo(&from, &to, protocol, payload->len);
    be16 checksum;

    memset(payload->at + offset, 0, 2);
    checksum = (be16)~bp_sum_fold(bp_sum_bytes(sum, payload->at, payload->len));
    memcpy(payload->at + offset, &checksum, 2);
}

/* Gives the stack a frame, cut into pieces of at most piece bytes. */
static MAYBE_UNUSED void receive_pieces(const struct bytes *frame, u32 piece, u32 flags)
{
    struct bp_packet *first = NULL, **link = &first;
    u32 at = 0;

    do {
        u32 len = BP_MIN(piece, frame->len - at);
        struct bp_packet *packet = new_packet();

        memcpy(bp_packet_data(packet), frame->at + at, len);
        packet->len = (u16)len;
        *link = packet;
        link = &packet->next;
        at += len;
    } while (at < frame->len);
    first->total = frame->len;
    first->flags = flags;
    bp_net_input(&net, &fake.device, first, now);
}

static MAYBE_UNUSED void receive(const struct bytes *frame)
{
    receive_pieces(frame, 2048, 0);
}

/* From the peer, to us, around a packet of IPv4 or IPv6. */
static MAYBE_UNUSED void receive_ip(const struct bytes *packet)
{
    static struct bytes frame;

    frame.len = 0;
    put_ether(&frame, own_mac, peer_mac, packet->at[0] >> 4 == 6 ? BP_ETHER_IPV6 : BP_ETHER_IPV4);
    put(&frame, packet->at, packet->len);
    receive(&frame);
}

static MAYBE_UNUSED void receive_ipv4(struct ip_fields f, const void *payload, u32 len)
{
    static struct bytes packet;

    packet.len = 0;
    put_ipv4(&packet, f, payload, len);
    receive_ip(&packet);
}

static MAYBE_UNUSED void receive_ipv6(struct ip_fields f, const void *payload, u32 len)
{
    static struct bytes packet;

    packet.len = 0;
    put_ipv6(&packet, f, payload, len);
    receive_ip(&packet);
}

/* How often something was dropped for a reason since the last asking. */
static MAYBE_UNUSED u64 drops(enum bp_drop reason)
{
    u64 count = net.drops[reason];

    net.drops[reason] = 0;
    return count;
}

/* Checks that exactly this was counted, once, and nothing else. */
static MAYBE_UNUSED void check_drop(enum bp_drop reason, const char *what)
{
    bool only = true;

    for (u32 i = 0; i < BP_DROPS; i++)
        only &= (net.drops[i] == (i == reason));
    if (!check(only, "%s: %s", what, bp_drop_texts[reason].name))
        for (u32 i = 0; i < BP_DROPS; i++)
            if (net.drops[i])
                printf("FAIL   but %s: %llu\n", bp_drop_texts[i].name,
                       (unsigned long long)net.drops[i]);
    memset(net.drops, 0, sizeof(net.drops));
}

/* What was sent, by number since the last clear_sent. */
static MAYBE_UNUSED const u8 *sent(u32 i)
{
    static const u8 nothing[BUFFER];

    return i < fake.sent_count ? fake.sent[i].bytes : nothing;
}

static MAYBE_UNUSED const struct bp_ether_header *sent_ether(u32 i)
{
    return (const void *)sent(i);
}

static MAYBE_UNUSED const struct bp_ipv4_header *sent_ipv4(u32 i)
{
    return (const void *)(sent(i) + fake.sent[i].l2_len);
}

static MAYBE_UNUSED const struct bp_ipv6_header *sent_ipv6(u32 i)
{
    return (const void *)(sent(i) + fake.sent[i].l2_len);
}

static MAYBE_UNUSED void clear_sent(void)
{
    fake.sent_count = 0;
}

/* The peer at mac answers an ARP request for its address, as it would. */
static MAYBE_UNUSED void answer_arp(const char *who, const u8 mac[6])
{
    struct bytes frame = {};
    struct bp_ip_addr from = addr(who), to = addr("10.0.0.1");

    put_ether(&frame, own_mac, mac, BP_ETHER_ARP);
    put_hex(&frame, "0001 0800 06 04 0002");
    put(&frame, mac, 6);
    put(&frame, &from.words[3], 4);
    put(&frame, own_mac, 6);
    put(&frame, &to.words[3], 4);
    receive(&frame);
}

/* The same for neighbour discovery; flags as in the header's second word. */
static MAYBE_UNUSED void answer_nd(const char *who, const u8 mac[6], u32 flags)
{
    struct bytes message = {};
    struct bp_ip_addr target = addr(who);
    be32 word = bp_be32(flags);

    put_hex(&message, "88 00 0000");
    put(&message, &word, 4);
    put(&message, target.bytes, 16);
    put_hex(&message, "02 01");
    put(&message, mac, 6);
    fill_checksum(&message, 2, BP_IP_ICMPV6, who, "fd00::1");
    receive_ipv6((struct ip_fields){.source = who, .protocol = BP_IP_ICMPV6, .ttl = 255},
                 message.at, message.len);
}

/* A packet of ours with a pattern for payload. */
static MAYBE_UNUSED struct bp_packet *payload(u32 len)
{
    struct bp_packet *first = NULL, **link = &first;
    struct bytes pattern = {};
    u32 at = 0;

    put_pattern(&pattern, len, 0);
    do {
        struct bp_packet *packet = new_packet();
        u32 part = BP_MIN(len - at, (u32)BUFFER - HEADROOM);

        memcpy(bp_packet_data(packet), pattern.at + at, part);
        packet->len = (u16)part;
        *link = packet;
        link = &packet->next;
        at += part;
    } while (at < len);
    first->total = len;
    return first;
}

static MAYBE_UNUSED struct bp_ip_path path_to(const char *destination)
{
    struct bp_ip_addr to = addr(destination);
    struct bp_ip_path path;
    int error = bp_ip_path_init(&net, &path, NULL, &to, BP_NET_ANY_INTERFACE);

    if (error)
        check(false, "path to %s: %d", destination, error);
    return path;
}

#endif
