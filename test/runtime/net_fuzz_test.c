// sources: runtime-c/net/*.c runtime-c/nic/packet.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/*
 * Hostile packets: good ones of every kind, broken at random, their checksums often mended so that
 * they get further in; among them datagrams of our own, an empty pool, a full device, and time.
 * Nothing may crash, get lost or pile up. The seed is fixed: what fails once fails again.
 */
#include "net_harness.h"

#include "net/udp.h"

enum {
    ROUNDS = 150000,
    SEEDS_MAX = 64,
    /* What the tables may hold on to. */
    HELD_MAX = BP_NET_FRAGMENTS + BP_NET_NEIGHBOURS * BP_NET_NEIGHBOUR_QUEUE + BP_NET_LOOPBACK,
};

static struct bytes seeds[SEEDS_MAX];
static u32 seed_count;
static struct bp_udp udp;
static u64 received, told;

static u32 below(u32 n)
{
    return (u32)rand() % n;
}

static struct bytes *seed(u16 type)
{
    struct bytes *frame = &seeds[seed_count++];

    if (seed_count > SEEDS_MAX)
        abort();
    put_ether(frame, own_mac, peer_mac, type);
    return frame;
}

static void seed_v4(struct ip_fields fields, const char *hex)
{
    static struct bytes payload;

    payload.len = 0;
    put_hex(&payload, hex);
    put_ipv4(seed(BP_ETHER_IPV4), fields, payload.at, payload.len);
}

static void seed_v6(struct ip_fields fields, const char *hex)
{
    static struct bytes payload;

    payload.len = 0;
    put_hex(&payload, hex);
    put_ipv6(seed(BP_ETHER_IPV6), fields, payload.at, payload.len);
}

#define UDP_HEX "0035 1388 0010 0000 0102030405060708"
#define OWN_V6 "fd000000000000000000000000000001"
#define PEER_V6 "fd000000000000000000000000000002"

static void make_seeds(void)
{
    put_hex(seed(BP_ETHER_ARP), "0001 0800 0604 0001 020000000002 0a000002 000000000000 0a000001");
    put_hex(seed(BP_ETHER_ARP), "0001 0800 0604 0002 020000000002 0a000002 020000000001 0a000001");
    put_hex(seed(BP_ETHER_VLAN),
            "0007 0806 0001 0800 0604 0001 020000000002 0a000002 000000000000");

    seed_v4((struct ip_fields){.protocol = BP_IP_UDP}, UDP_HEX);
    seed_v4((struct ip_fields){.protocol = BP_IP_UDP, .options = "94040000 07040400"}, UDP_HEX);
    seed_v4((struct ip_fields){.protocol = BP_IP_UDP, .destination = "239.0.0.5"}, UDP_HEX);
    seed_v4((struct ip_fields){.protocol = BP_IP_UDP, .destination = "10.0.0.255"}, UDP_HEX);
    for (u16 i = 0; i < 4; i++)
        seed_v4((struct ip_fields){.protocol = BP_IP_UDP,
                                   .id = 1,
                                   .fragment = (u16)(i * 2 | (i < 3 ? BP_IPV4_MF : 0))},
                UDP_HEX);
    seed_v4((struct ip_fields){.protocol = BP_IP_ICMP}, "0800 0000 12340001 0102030405060708");
    for (int code = 0; code < 5; code++) {
        char hex[200];

        snprintf(hex, sizeof(hex),
                 "03%02x 0000 00000514 4500001c00000000 4011 0000 0a000001 0a000002 1388 0035 0008 "
                 "0000",
                 code);
        seed_v4((struct ip_fields){.protocol = BP_IP_ICMP}, hex);
    }
    seed_v4((struct ip_fields){.protocol = BP_IP_IGMP, .ttl = 1, .destination = "224.0.0.1"},
            "1164 0000 00000000 007d0000");
    seed_v4((struct ip_fields){.protocol = BP_IP_IGMP, .ttl = 1, .destination = "239.0.0.5"},
            "1164 0000 ef000005");
    seed_v4((struct ip_fields){.protocol = 200}, "00");

    seed_v6((struct ip_fields){.protocol = BP_IP_UDP}, UDP_HEX);
    seed_v6((struct ip_fields){.protocol = 0},
            "3c 00 05 02 0000 01 00  2b 00 01 04 00000000"
            "2c 00 00 00 00000000  11 00 00 00 00000001" UDP_HEX);
    for (u16 i = 0; i < 4; i++) {
        char hex[100];

        snprintf(hex, sizeof(hex), "11 00 %04x 00000001" UDP_HEX, i * 16 | (i < 3));
        seed_v6((struct ip_fields){.protocol = BP_IP_FRAGMENT}, hex);
    }
    seed_v6((struct ip_fields){.protocol = BP_IP_FRAGMENT},
            "3c 00 0001 00000002 11 00 01 04 00000000" UDP_HEX);
    seed_v6((struct ip_fields){.protocol = BP_IP_ICMPV6}, "8000 0000 12340001 0102030405060708");
    for (int type = 1; type < 5; type++) {
        char hex[300];

        snprintf(hex, sizeof(hex),
                 "%02x00 0000 00000514 60000000 0008 11 40" OWN_V6 PEER_V6 "1388 0035 0008 0000",
                 type);
        seed_v6((struct ip_fields){.protocol = BP_IP_ICMPV6}, hex);
    }
    seed_v6((struct ip_fields){.protocol = BP_IP_ICMPV6, .ttl = 255},
            "8700 0000 00000000" OWN_V6 "0101 020000000002");
    seed_v6((struct ip_fields){.protocol = BP_IP_ICMPV6, .ttl = 255},
            "8800 0000 60000000" PEER_V6 "0201 020000000002");
    seed_v6(
        (struct ip_fields){.protocol = 0, .ttl = 1, .source = "fe80::2", .destination = "ff02::1"},
        "3a 00 05 02 0000 01 00 8200 0000 03e80000 00000000000000000000000000000000 007d0000");
    seed_v6((struct ip_fields){.protocol = 60}, "11 00 be 04 00000000" UDP_HEX);
}

/* Lengths and sums of the outermost headers, as far as they can be found. */
static void mend(struct bytes *frame)
{
    u8 *at = frame->at + 14;
    u32 len = frame->len - 14, header = at[0] >> 4 == 4 ? (at[0] & 15) * 4u : 40;
    u8 protocol = at[0] >> 4 == 4 ? at[9] : at[6];
    u32 field = protocol == BP_IP_UDP ? 6 : 2;
    be16 length = htons((u16)(at[0] >> 4 == 4 ? len : len - 40)), sum;
    u64 pseudo;

    if (frame->len < 14 + 40 || header < 20 || header + 8 > len)
        return;
    memcpy(at + (header == 40 && at[0] >> 4 == 6 ? 4 : 2), &length, 2);
    if (at[0] >> 4 == 4) {
        memset(at + 10, 0, 2);
        sum = bp_checksum(at, header);
        memcpy(at + 10, &sum, 2);
        pseudo = protocol == BP_IP_UDP
                     ? bp_sum_bytes(htonl(len - header) + htonl(protocol), at + 12, 8)
                     : 0;
    } else {
        pseudo = bp_sum_bytes(htonl(len - header) + htonl(protocol), at + 8, 32);
    }
    if (protocol == BP_IP_UDP) {
        length = htons((u16)(len - header));
        memcpy(at + header + 4, &length, 2);
    }
    memset(at + header + field, 0, 2);
    sum = (be16)~bp_sum_fold(bp_sum_bytes(pseudo, at + header, len - header));
    memcpy(at + header + field, &sum, 2);
}

static void mutate(struct bytes *frame)
{
    static const u8 interesting[] = {0, 1, 2, 7, 8, 0x7f, 0x80, 0xfe, 0xff, 44, 60, 43, 58, 17, 6};
    const struct bytes *other;
    u32 from;

    switch (below(8)) {
    case 0:
    case 1:
        frame->at[below(frame->len)] = (u8)rand();
        break;
    case 2:
        frame->at[below(frame->len)] = interesting[below(sizeof(interesting))];
        break;
    case 3:
        frame->at[below(frame->len)] ^= (u8)(1 << below(8));
        break;
    case 4: /* cut */
        frame->len = 1 + below(frame->len);
        break;
    case 5: /* lengthen */
        put_pattern(frame, below(4) ? below(64) : below(3000), (u8)rand());
        break;
    case 6: /* another's end */
        other = &seeds[below(seed_count)];
        from = below(other->len);
        put(frame, other->at + from, other->len - from);
        break;
    case 7: /* a part once more */
        from = below(frame->len);
        memmove(frame->at + frame->len, frame->at + from, frame->len - from);
        frame->len += frame->len - from;
        break;
    }
    frame->len = BP_MIN(frame->len, 9000u);
}

static void hostile_packet(void)
{
    static struct bytes frame;
    const struct bytes *good = &seeds[below(seed_count)];

    frame.len = 0;
    put(&frame, good->at, good->len);
    for (u32 i = below(5); i; i--)
        mutate(&frame);
    if (below(4))
        mend(&frame);
    receive_pieces(&frame, below(8) ? 2048 : 1 + below(100),
                   below(8) ? 0 : (u32)rand() & (BP_PACKET_IP_CHECKED | BP_PACKET_L4_CHECKED));
}

/* Something of our own, to near, far, unknown and own addresses. */
static void own_packet(void)
{
    static const char *const to[] = {"10.0.0.2", "10.0.0.1", "8.8.8.8",   "10.0.0.255",
                                     "fd00::2",  "fd00::1",  "2001::123", "ff05::99"};
    char near[32];
    struct bp_ip_path path;

    if (below(2)) {
        snprintf(near, sizeof(near), "fd00::%x", below(3000) + 3);
        path = path_to(near);
    } else {
        path = path_to(to[below(ARRAY_SIZE(to))]);
    }
    path.flags |= (u16)(below(2) ? BP_PATH_FRAGMENT | BP_PATH_LOOP : 0);
    bp_udp_output(&net, payload(below(20) ? below(200) : below(4000)), &path, 5000, 53, 0, 0);
}

static void on_receive(struct bp_udp_endpoint *endpoint, const struct bp_packet *payload,
                       const struct bp_udp_source *source)
{
    static u8 bytes[70000];

    (void)endpoint;
    (void)source;
    bp_packet_read(payload, 0, bytes, payload->total);
    received++;
}

static void on_error(struct bp_udp_endpoint *endpoint, const struct bp_ip_error *error)
{
    static volatile u8 last;

    (void)endpoint;
    last = error->transport[error->transport_len - 1];
    (void)last;
    told++;
}

static const struct bp_udp_handlers handlers = {on_receive, on_error};

int main(void)
{
    struct bp_udp_endpoint endpoint = {
        .handlers = &handlers, .local_port = 5000, .interface = BP_NET_ANY_INTERFACE};
    struct bp_ip_addr group = addr("239.0.0.5");
    int most = 0;

    srand(20261123);
    make_seeds();
    start();
    bp_udp_init(&net, &udp);
    bp_udp_bind(&net, &endpoint);
    bp_group_join(&net, 0, &group);
    for (u32 round = 0; round < ROUNDS; round++) {
        fake.pool_left = below(50) ? 1 << 30 : (int)below(3);
        fake.room = below(50) ? 1 << 30 : (int)below(3);
        hostile_packet();
        if (!below(8))
            own_packet();
        if (!below(16))
            bp_net_poll(&net, now);
        if (!below(64))
            pass(below(16) ? below(1 << 30) : below(60) * SECOND);
        most = BP_MAX(most, fake.live);
    }
    check(most <= HELD_MAX, "no more packets are held than the tables allow: %d", most);
    check(received > 100 && told > 100, "some got through: %llu datagrams, %llu errors",
          (unsigned long long)received, (unsigned long long)told);
    u32 reasons = 0;
    for (u32 i = 0; i < BP_DROPS; i++)
        reasons += net.drops[i] != 0;
    check(reasons > 30, "most reasons for dropping were met: %u of %u", reasons, BP_DROPS);
    bp_udp_unbind(&endpoint);
    bp_net_stop(&net);
    check(fake.live == 0, "every packet has come back");
    return failures != 0;
}
