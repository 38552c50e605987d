// sources: runtime-c/net/*.c runtime-c/nic/packet.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/* Reassembly: any order, and everything that must not be reassembled. */
#include "net_harness.h"

#include "net/icmp.h"

enum {
    PROTOCOL = 253
};

static struct {
    u32 count, len;
    u8 bytes[70000];
    bool reassembled;
    u8 tos;
} got;

static void keep(struct bp_net *in, struct bp_packet *packet, const struct bp_ip_info *info)
{
    got.count++;
    got.len = packet->total;
    got.reassembled = info->reassembled;
    got.tos = info->tos;
    bp_packet_read(packet, 0, got.bytes, packet->total);
    bp_net_free(in, packet);
}

static const struct bp_ip_protocol protocol = {.input = keep};
static bool v6; /* the version under test */
static u8 tos;  /* of the fragments to come */
static struct bytes whole;

static void begin(void)
{
    start();
    bp_ip_register(&net, PROTOCOL, &protocol);
    memset(&got, 0, sizeof(got));
    whole.len = 0;
    put_pattern(&whole, 66000, 3);
}

/* A fragment of `whole`, or of other bytes. */
static void fragment_of(u16 id, u8 of, const u8 *bytes, u32 offset, u32 len, bool more)
{
    struct bytes packet = {};

    if (!v6) {
        receive_ipv4((struct ip_fields){.protocol = of,
                                        .tos = tos,
                                        .id = id,
                                        .fragment = (u16)(offset / 8 | (more ? BP_IPV4_MF : 0))},
                     bytes, len);
        return;
    }
    put(&packet, &of, 1);
    put_hex(&packet, "00");
    be16 field = htons((u16)(offset | more));
    be32 wide = htonl(id);
    put(&packet, &field, 2);
    put(&packet, &wide, 4);
    put(&packet, bytes, len);
    receive_ipv6((struct ip_fields){.protocol = BP_IP_FRAGMENT, .tos = tos}, packet.at, packet.len);
}

static void fragment(u16 id, u32 offset, u32 len, bool more)
{
    fragment_of(id, PROTOCOL, whole.at + offset, offset, len, more);
}

static bool got_whole(u32 count, u32 len)
{
    return got.count == count && got.len == len && memcmp(got.bytes, whole.at, len) == 0;
}

static const char *ip(void)
{
    return v6 ? "IPv6" : "IPv4";
}

static void test_orders(void)
{
    static const int orders[][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}, {2, 0, 3, 1}};

    begin();
    for (u32 i = 0; i < ARRAY_SIZE(orders); i++) {
        for (int j = 0; j < 4; j++) {
            u32 at = (u32)orders[i][j] * 1000;

            check(got.count == i, "%s: not yet", ip());
            fragment((u16)i, at, at == 3000 ? 77 : 1000, at != 3000);
        }
        check(got_whole(i + 1, 3077) && got.reassembled, "%s: whole in order %u", ip(), i);
    }
    fragment(9, 0, 1000, true);
    fragment(9, 0, 1000, true);
    check_drop(BP_DROP_FRAGMENT_OVERLAP, "a fragment that comes twice does no harm");
    fragment(9, 1000, 8, false);
    check(got_whole(5, 1008), "%s: the datagram is whole nevertheless", ip());
    fragment(10, 0, 1000, true);
    fragment(11, 1000, 8, false);
    check(got.count == 5, "%s: fragments of different datagrams do not mix", ip());
    tos = 0xbb; /* congestion experienced */
    fragment(13, 0, 1000, true);
    tos = 0xb9;
    fragment(13, 1000, 8, false);
    check(got_whole(6, 1008) && got.tos == 0xbb, "%s: one mark of congestion marks all", ip());
    tos = 0;
    fragment(12, 0, 100, false);
    check(got_whole(7, 100) && !got.reassembled, "%s: an only fragment is a datagram", ip());
    stop();
}

static void test_overlaps(void)
{
    static const struct {
        u32 offset, len;
        bool more;
        const char *what;
    } cases[] = {
        {992, 16, true, "beginning within the one before"},
        {2000, 1008, true, "ending within the one behind"},
        {0, 4000, true, "around all"},
        {8, 8, true, "within one"},
        {3000, 8, true, "behind it"},
        {1000, 8, false, "a second end before the first"},
        {4000, 8, false, "a second end behind the first"},
        {4000, 8, true, "beyond the end"},
    };

    begin();
    for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
        u16 id = (u16)(100 + i);

        fragment(id, 0, 1000, true);
        fragment(id, 3000, 1000, false);
        fragment(id, cases[i].offset, cases[i].len, cases[i].more);
        check(drops(BP_DROP_FRAGMENT_OVERLAP) == 3, "%s: %s gives all up", ip(), cases[i].what);
        fragment(id, 0, 1000, true);
        fragment(id, 1000, 2000, true);
        fragment(id, 3000, 1000, false);
        check(drops(BP_DROP_FRAGMENT_OVERLAP) == 3 && got.count == 0,
              "%s: for good, until its time is over", ip());
    }
    check(fake.live == 0, "%s: and keeps no packets", ip());
    stop();
}

static void test_refused(void)
{
    static const u8 tcp_start[24];

    begin();
    fragment(1, 0, 1001, true);
    check_drop(BP_DROP_FRAGMENT_MALFORMED, "a middle fragment of an odd size");
    fragment(1, 1000, 0, true);
    check_drop(BP_DROP_FRAGMENT_MALFORMED, "a fragment of nothing");
    fragment(1, 65528, 1000, false);
    check_drop(BP_DROP_FRAGMENT_MALFORMED, "a fragment beyond 65535");
    fragment_of(1, BP_IP_TCP, tcp_start, 0, 16, true);
    check_drop(BP_DROP_FRAGMENT_TINY, "a first fragment with part of a TCP header");
    fragment_of(1, BP_IP_TCP, tcp_start, 0, 24, true);
    check(fake.live == 1, "%s: one with all of it is kept", ip());
    if (v6) {
        fragment_of(2, 60, (const u8 *)"\x06\x02\x01\x04\0\0\0\0\0\0\0\0\0\0\0\0", 0, 16, true);
        check_drop(BP_DROP_FRAGMENT_TINY, "a first fragment with part of the chain (RFC 7112)");
    }
    stop();
}

static void test_timeout(void)
{
    begin();
    struct bp_ip_path path = path_to(v6 ? "fd00::2" : "10.0.0.2");
    bp_ip_output(&net, payload(1), &path, PROTOCOL, 0, 0);
    if (v6)
        answer_nd("fd00::2", peer_mac, 0x60000000);
    else
        answer_arp("10.0.0.2", peer_mac);
    fragment(1, 0, 1000, true);
    pass(20 * SECOND);
    fragment(2, 1000, 1000, true);
    clear_sent();
    pass(9 * SECOND);
    check(fake.live == 2, "%s: fragments wait", ip());
    pass(2 * SECOND);
    check(fake.live == 1 && drops(BP_DROP_FRAGMENT_TIMEOUT) == 1, "%s: 30 seconds, no longer",
          ip());
    const struct bp_icmp_header *icmp = (const void *)(sent(fake.sent_count - 1) + (v6 ? 54 : 34));
    check(fake.sent_count >= 1 &&
              icmp->type == (v6 ? BP_ICMPV6_TIME_EXCEEDED : BP_ICMP_TIME_EXCEEDED) &&
              icmp->code == 1,
          "%s: the sender is told, whose first fragment came", ip());
    u32 before = fake.sent_count;
    pass(20 * SECOND);
    check(fake.live == 0 && drops(BP_DROP_FRAGMENT_TIMEOUT) == 1, "%s: the second as well", ip());
    for (u32 i = before; i < fake.sent_count; i++)
        check(sent(i)[12] == 8 && sent(i)[13] == 6, "%s: without a word", ip());
    stop();
}

static void test_bounds(void)
{
    begin();
    for (u32 i = 0; i < BP_NET_REASSEMBLIES + 10; i++)
        fragment((u16)(1000 + i), 0, 1000, true);
    check(fake.live == BP_NET_REASSEMBLIES && drops(BP_DROP_FRAGMENT_LIMIT) == 10,
          "%s: so many datagrams at once, the oldest go", ip());
    fragment((u16)(1000 + BP_NET_REASSEMBLIES + 9), 1000, 8, false);
    check(got_whole(1, 1008), "%s: the newest can still become whole", ip());
    stop();

    begin();
    for (u32 i = 0; i < BP_NET_FRAGMENTS + 10; i++)
        fragment(7, i * 16, 8, true);
    check(fake.live == 0 && drops(BP_DROP_FRAGMENT_LIMIT) == BP_NET_FRAGMENTS + 1,
          "%s: a datagram in too many pieces is given up", ip());
    stop();
}

/* Errors and checks behind reassembly see one datagram with a header that says so. */
static void test_header_of_whole(void)
{
    begin();
    fragment_of(1, 99, whole.at, 0, 1000, true);
    struct bp_ip_path path = path_to("10.0.0.2");
    bp_ip_output(&net, payload(1), &path, PROTOCOL, 0, 0);
    answer_arp("10.0.0.2", peer_mac);
    clear_sent();
    fragment_of(1, 99, whole.at + 1000, 1000, 8, false);
    const struct bp_ipv4_header *quoted = (const void *)(sent(0) + 14 + 20 + 8);
    check(fake.sent_count == 1 && quoted->fragment == 0 && quoted->total_length == htons(1028) &&
              bp_checksum(quoted, 20) == 0,
          "what is quoted of a reassembled datagram is no fragment");
    stop();
}

int main(void)
{
    for (int version = 0; version < 2; version++) {
        v6 = version;
        test_orders();
        test_overlaps();
        test_refused();
        test_timeout();
        test_bounds();
    }
    v6 = false;
    test_header_of_whole();
    return failures != 0;
}
