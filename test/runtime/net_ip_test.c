// sources: runtime-c/net/*.c runtime-c/nic/packet.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/* IPv4 and IPv6: what is refused and why, routes and sources, output and fragments. */
#include "net_harness.h"

#include "net/icmp.h"

/* A protocol that keeps what it is given. */
enum {
    PROTOCOL = 253
};

static struct {
    u32 count, len;
    u8 bytes[70000];
    struct bp_ip_info info;
} got;

static void keep(struct bp_net *in, struct bp_packet *packet, const struct bp_ip_info *info)
{
    got.count++;
    got.len = packet->total;
    got.info = *info;
    bp_packet_read(packet, 0, got.bytes, packet->total);
    bp_net_free(in, packet);
}

static const struct bp_ip_protocol protocol = {.input = keep};

static void begin(void)
{
    start();
    bp_ip_register(&net, PROTOCOL, &protocol);
    memset(&got, 0, sizeof(got));
}

/* A good IPv4 packet of 8 bytes payload, with `hex` written over it at `at`; the checksum mended.
 */
static void receive_v4_with(u32 at, const char *hex, bool mend)
{
    struct bytes packet = {}, change = {};
    struct bp_ipv4_header *header = (void *)packet.at;

    put_ipv4(&packet, (struct ip_fields){.protocol = PROTOCOL}, "payload", 8);
    put_hex(&change, hex);
    memcpy(packet.at + at, change.at, change.len);
    if (mend) {
        header->checksum = 0;
        header->checksum = bp_checksum(header, sizeof(*header));
    }
    receive_ip(&packet);
}

static void test_v4_header(void)
{
    static const struct {
        u32 at;
        const char *hex, *what;
        enum bp_drop reason;
    } cases[] = {
        {0, "55", "version 5", BP_DROP_IP_VERSION},
        {0, "44", "16 bytes of header", BP_DROP_IP_HEADER_LENGTH},
        {0, "48", "options beyond the packet", BP_DROP_IP_SHORT},
        {2, "0013", "a total length below the header's", BP_DROP_IP_SHORT},
        {2, "001d", "a total length beyond the frame", BP_DROP_IP_SHORT},
        {12, "7f000001", "from loopback", BP_DROP_IP_SOURCE},
        {12, "e0000001", "from a group", BP_DROP_IP_SOURCE},
        {12, "ffffffff", "from everyone", BP_DROP_IP_SOURCE},
        {12, "0a0000ff", "from the subnet's broadcast", BP_DROP_IP_SOURCE},
        {12, "00000000", "from nobody", BP_DROP_IP_SOURCE},
        {12, "00010203", "from this network", BP_DROP_IP_SOURCE},
        {12, "f0000001", "from class E", BP_DROP_IP_SOURCE},
        {12, "0a000001", "from ourselves, on a wire", BP_DROP_IP_SOURCE},
        {16, "0a000003", "to another", BP_DROP_IP_DESTINATION},
        {16, "7f000001", "to loopback, on a wire", BP_DROP_IP_DESTINATION},
        {16, "e0000102", "to a group not joined", BP_DROP_IP_DESTINATION},
        {9, "fd0000", "nothing wrong but the checksum", BP_DROP_IP_CHECKSUM},
    };

    begin();
    for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
        bool checksum = cases[i].reason == BP_DROP_IP_CHECKSUM;

        receive_v4_with(cases[i].at, cases[i].hex, !checksum);
        check_drop(cases[i].reason, cases[i].what);
    }
    check(got.count == 0, "nothing of these came through");
    receive_v4_with(0, "45", true);
    check(got.count == 1 && got.len == 8, "a good one does");
    check(bp_ip_v4(&got.info.source) == htonl(0x0a000002) && got.info.ttl == 64 && !got.info.v6,
          "and tells where it is from");
    receive_v4_with(16, "0a0000ff", true);
    check(got.count == 2 && got.info.broadcast, "the subnet's broadcast is for us");
    receive_v4_with(16, "ffffffff", true);
    check(got.count == 3 && got.info.broadcast, "so is everyone's");
    receive_v4_with(16, "e0000001", true);
    check(got.count == 4 && got.info.multicast, "so is the group of all hosts");
    stop();
}

static void test_v4_padding_and_pieces(void)
{
    struct bytes packet = {}, frame = {};

    begin();
    put_ipv4(&packet, (struct ip_fields){.protocol = PROTOCOL}, "abc", 3);
    put_ether(&frame, own_mac, peer_mac, BP_ETHER_IPV4);
    put(&frame, packet.at, packet.len);
    put_zeros(&frame, 23);
    receive(&frame);
    check(got.count == 1 && got.len == 3, "padding of short frames is cut off");
    receive_pieces(&frame, 5, 0);
    check(got.count == 2 && got.len == 3, "headers may lie in pieces");
    frame.at[14 + 10] ^= 1;
    receive_pieces(&frame, 2048, BP_PACKET_IP_CHECKED);
    check(got.count == 3, "what the hardware has checked is not checked again");
    frame.at[14 + 10] ^= 1;
    receive_pieces(&frame, 2048, BP_PACKET_IP_BAD);
    check_drop(BP_DROP_IP_CHECKSUM, "what it has found bad is dropped");
    frame.len = 0;
    put_ether(&frame, (u8[]){0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, peer_mac, BP_ETHER_IPV4);
    put(&frame, packet.at, packet.len);
    receive(&frame);
    check_drop(BP_DROP_IP_DESTINATION, "an address of ours in a frame for everyone");
    stop();
}

static void test_v4_options(void)
{
    static const struct {
        const char *hex, *what;
        enum bp_drop reason;
    } refused[] = {
        {"83 07 04 0a000009 00", "a loose source route", BP_DROP_IP_SOURCE_ROUTE},
        {"01 89 07 04 0a000009", "a strict source route", BP_DROP_IP_SOURCE_ROUTE},
        {"07 01 0000", "an option of length 1", BP_DROP_IP_OPTIONS},
        {"07 05 0000", "an option beyond the header", BP_DROP_IP_OPTIONS},
        {"01 01 01 07", "an option without a length", BP_DROP_IP_OPTIONS},
    };
    static const char *const fine[] = {"94040000", "01010100", "07 04 04 00", "00 83 07 04"};

    begin();
    for (u32 i = 0; i < ARRAY_SIZE(refused); i++) {
        receive_ipv4((struct ip_fields){.protocol = PROTOCOL, .options = refused[i].hex}, "x", 1);
        check_drop(refused[i].reason, refused[i].what);
    }
    for (u32 i = 0; i < ARRAY_SIZE(fine); i++) {
        receive_ipv4((struct ip_fields){.protocol = PROTOCOL, .options = fine[i]}, "x", 1);
        check(got.count == i + 1 && got.len == 1, "options %s are skipped", fine[i]);
    }
    stop();
}

static void test_v6_header(void)
{
    static const struct {
        struct ip_fields fields;
        const char *what;
        enum bp_drop reason;
    } cases[] = {
        {{.payload_length = 9}, "a payload beyond the frame", BP_DROP_IP_SHORT},
        {{.source = "ff02::1"}, "from a group", BP_DROP_IP_SOURCE},
        {{.source = "::1"}, "from loopback", BP_DROP_IP_SOURCE},
        {{.source = "::"}, "from nobody", BP_DROP_IP_SOURCE},
        {{.source = "fd00::1"}, "from ourselves, on a wire", BP_DROP_IP_SOURCE},
        {{.source = "::ffff:10.0.0.2"}, "from an IPv4-mapped address", BP_DROP_IP_SOURCE},
        {{.destination = "::ffff:10.0.0.1"}, "to an IPv4-mapped address", BP_DROP_IP_DESTINATION},
        {{.destination = "fd00::3"}, "to another", BP_DROP_IP_DESTINATION},
        {{.destination = "ff02::123"}, "to a group not joined", BP_DROP_IP_DESTINATION},
        {{.destination = "::1"}, "to loopback, on a wire", BP_DROP_IP_DESTINATION},
    };
    struct bytes frame = {};

    begin();
    for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ip_fields fields = cases[i].fields;

        fields.protocol = PROTOCOL;
        receive_ipv6(fields, "payload", 8);
        check_drop(cases[i].reason, cases[i].what);
    }
    put_ether(&frame, own_mac, peer_mac, BP_ETHER_IPV6);
    put_hex(&frame, "45 000000 0000 3b 40");
    put_zeros(&frame, 32);
    receive(&frame);
    check_drop(BP_DROP_IP_VERSION, "version 4 in an IPv6 frame");
    check(got.count == 0, "nothing of these came through");
    receive_ipv6((struct ip_fields){.protocol = PROTOCOL, .tos = 0xb9}, "payload", 8);
    check(got.count == 1 && got.len == 8 && got.info.v6 && got.info.tos == 0xb9, "a good one does");
    receive_ipv6((struct ip_fields){.protocol = PROTOCOL, .destination = "ff02::1"}, "x", 1);
    check(got.count == 2 && got.info.multicast, "so does one for all nodes");
    stop();
}

static void receive_chain(u8 first, const char *hex)
{
    struct bytes chain = {};

    put_hex(&chain, hex);
    receive_ipv6((struct ip_fields){.protocol = first}, chain.at, chain.len);
}

/* The ICMPv6 parameter problem sent last: its code and pointer. */
static bool told(u8 code, u32 pointer)
{
    const struct bp_icmp_header *icmp =
        (const void *)(sent(fake.sent_count - 1) + sizeof(struct bp_ether_header) + 40);

    return fake.sent_count && icmp->type == BP_ICMPV6_PARAMETER && icmp->code == code &&
           bp_be32(icmp->rest) == pointer;
}

static void test_v6_extensions(void)
{
    begin();
    struct bp_ip_path path = path_to("fd00::2");
    bp_ip_output(&net, payload(1), &path, PROTOCOL, 0, 0);
    answer_nd("fd00::2", peer_mac, 0x60000000);

    receive_chain(0, "3c 00 01 04 00000000  2b 00 00 01 00 01 0000  fd 00 04 00 00000000 aabb");
    check(got.count == 1 && got.len == 2 && got.bytes[0] == 0xaa,
          "hop-by-hop, destination and finished routing headers are stepped over");
    receive_chain(60, "fd 00 3e 04 00000000 aabb");
    check(got.count == 2, "an unknown option that wants to be skipped is");
    receive_chain(60, "fd 00 7e 04 00000000 aabb");
    check_drop(BP_DROP_IP_EXTENSIONS, "one that wants to be dropped is");
    receive_chain(60, "fd 00 00 be 03 000000 aabb");
    check_drop(BP_DROP_IP_EXTENSIONS, "one that wants to be told of is dropped");
    check(told(BP_ICMPV6_UNKNOWN_OPTION, 40 + 3), "and told of");
    receive_chain(0, "fd 00 c2 04 00010000 aabb");
    check_drop(BP_DROP_IP_EXTENSIONS, "jumbograms are not known here");
    receive_chain(43, "fd 02 00 01 00000000 00000000000000000000000000000000 aabb");
    check_drop(BP_DROP_IP_SOURCE_ROUTE, "a routing header with segments left");
    check(told(BP_ICMPV6_ERRONEOUS_FIELD, 42), "is told of");
    receive_chain(60, "00 00 01 04 00000000  fd 00 01 04 00000000 aabb");
    check_drop(BP_DROP_IP_EXTENSIONS, "hop-by-hop options come first or not at all");
    check(told(BP_ICMPV6_UNKNOWN_HEADER, 40), "the header that says otherwise is pointed at");
    receive_chain(60, "3c 00 01 04 00000000 3c 00 01 04 00000000 3c 00 01 04 00000000"
                      "3c 00 01 04 00000000 3c 00 01 04 00000000 3c 00 01 04 00000000"
                      "3c 00 01 04 00000000 3c 00 01 04 00000000 fd 00 01 04 00000000 aabb");
    check_drop(BP_DROP_IP_EXTENSIONS, "a chain of nine");
    receive_chain(60, "fd 01 01 04 00000000");
    check_drop(BP_DROP_IP_EXTENSIONS, "a header beyond the packet");
    receive_chain(60, "fd 00 01 05 00000000");
    check_drop(BP_DROP_IP_EXTENSIONS, "an option beyond its header");
    receive_chain(60, "fd");
    check_drop(BP_DROP_IP_EXTENSIONS, "half a header");
    u32 before = fake.sent_count;
    receive_chain(59, "aabb");
    check(got.count == 2 && fake.sent_count == before, "no next header: nothing to do");
    receive_chain(0xfe, "aabb");
    check_drop(BP_DROP_IP_PROTOCOL, "an unknown protocol");
    check(told(BP_ICMPV6_UNKNOWN_HEADER, 6), "is told of");
    stop();
}

static void test_routes(void)
{
    struct bp_ip_addr to, from;
    struct bp_ip_path path;

    default_device();
    default_config();
    config.interfaces[1] = config.interfaces[0];
    config.interfaces[1].vlan = 9;
    config.interface_count = 2;
    config.addresses[2] = (struct bp_net_address){prefix("192.168.5.1", 24), 1};
    config.address_count = 3;
    config.routes[2] = (struct bp_net_route){prefix("172.16.0.0", 12), addr("10.0.0.3"), 0};
    config.routes[3] = (struct bp_net_route){prefix("172.16.9.0", 24), addr("192.168.5.2"), 1};
    config.routes[4] = (struct bp_net_route){prefix("172.16.9.77", 32), addr("10.0.0.4"), 0};
    config.route_count = 5;
    start_config();
    static const struct {
        const char *to, *hop, *from;
        u16 interface;
    } ways[] = {
        {"10.0.0.9", "10.0.0.9", "10.0.0.1", 0},
        {"8.8.8.8", "10.0.0.254", "10.0.0.1", 0},
        {"172.17.0.1", "10.0.0.3", "10.0.0.1", 0},
        {"172.16.9.1", "192.168.5.2", "192.168.5.1", 1},
        {"172.16.9.77", "10.0.0.4", "10.0.0.1", 0},
        {"192.168.5.200", "192.168.5.200", "192.168.5.1", 1},
        {"fd00::77", "fd00::77", "fd00::1", 0},
        {"2001:db8::1", "fd00::fe", "fd00::1", 0},
        {"fe80::9", "fe80::9", "fe80::ff:fe00:1", 0},
    };
    for (u32 i = 0; i < ARRAY_SIZE(ways); i++) {
        struct bp_ip_addr hop = addr(ways[i].hop), source = addr(ways[i].from);

        path = path_to(ways[i].to);
        check(bp_ip_equal(&path.next_hop, &hop) && bp_ip_equal(&path.source, &source) &&
                  path.interface == ways[i].interface && path.flags == 0,
              "%s by %s from %s", ways[i].to, ways[i].hop, ways[i].from);
    }
    path = path_to("10.0.0.1");
    check(path.flags == BP_PATH_LOCAL, "own addresses are local");
    check(path_to("10.0.0.255").flags == BP_PATH_BROADCAST, "a subnet's broadcast");
    check(path_to("255.255.255.255").flags == BP_PATH_BROADCAST, "everyone's broadcast");
    check(path_to("224.0.0.251").flags == BP_PATH_MULTICAST, "a group");
    to = addr("8.8.8.8");
    from = addr("10.0.0.7");
    check(bp_ip_path_init(&net, &path, &from, &to, BP_NET_ANY_INTERFACE) == -EADDRNOTAVAIL,
          "a source that is not ours");
    from = addr("fd00::1");
    check(bp_ip_path_init(&net, &path, &from, &to, BP_NET_ANY_INTERFACE) == -EINVAL,
          "a source of the other family");
    check(bp_ip_path_init(&net, &path, NULL, &to, 1) == -ENETUNREACH, "no route by that interface");
    check(bp_ip_path_init(&net, &path, NULL, &to, 2) == -EINVAL, "no such interface");
    to = addr("127.0.0.1");
    check(bp_ip_path_init(&net, &path, NULL, &to, BP_NET_ANY_INTERFACE) == -EINVAL,
          "loopback is not on any wire");
    stop();
}

static void test_configs_refused(void)
{
    default_device();
#define REFUSED(what, change)     \
    default_config();             \
    change;                       \
    memset(&net, 0, sizeof(net)); \
    check(bp_net_init(&net, &config, now) == -EINVAL, "refused: " what)
    REFUSED("no interface", config.interface_count = 0);
    REFUSED("too many interfaces", config.interface_count = BP_NET_INTERFACES_MAX + 1);
    REFUSED("too many addresses", config.address_count = BP_NET_ADDRESSES_MAX + 1);
    REFUSED("too many routes", config.route_count = BP_NET_ROUTES_MAX + 1);
    REFUSED("no device", config.interfaces[0].device = NULL);
    REFUSED("VLAN 4095", config.interfaces[0].vlan = 4095);
    REFUSED("an MTU above the device's", config.interfaces[0].mtu = 1501);
    REFUSED("an MTU of 67", config.interfaces[0].mtu = 67);
    REFUSED("an MTU of 1279 with IPv6", config.interfaces[0].mtu = 1279);
    REFUSED("an address on no interface", config.addresses[0].interface = 1);
    REFUSED("a group as address", config.addresses[0].prefix = prefix("224.0.0.1", 24));
    REFUSED("a prefix of 33", config.addresses[0].prefix.length = 33);
    REFUSED("a prefix of 129", config.addresses[1].prefix.length = 129);
    REFUSED("a route by no interface", config.routes[0].interface = 1);
    REFUSED("a gateway of the other family", config.routes[0].gateway = addr("fd00::2"));
#undef REFUSED
    check(fake.live == 0, "none of these kept a packet");
}

/* A net whose peers are known. */
static void begin_with_peers(void)
{
    struct bp_ip_path path;

    begin();
    path = path_to("10.0.0.2");
    bp_ip_output(&net, payload(1), &path, PROTOCOL, 0, 0);
    answer_arp("10.0.0.2", peer_mac);
    path = path_to("fd00::2");
    bp_ip_output(&net, payload(1), &path, PROTOCOL, 0, 0);
    answer_nd("fd00::2", peer_mac, 0x60000000);
    clear_sent();
}

static void test_output(void)
{
    struct bp_ip_path path;
    const struct bp_ipv4_header *v4;
    const struct bp_ipv6_header *v6;

    begin_with_peers();
    path = path_to("10.0.0.2");
    bp_ip_output(&net, payload(100), &path, PROTOCOL, 0x2e << 2 | 1, 9);
    v4 = sent_ipv4(0);
    check(fake.sent_count == 1 && memcmp(sent_ether(0)->destination, peer_mac, 6) == 0,
          "a packet goes to the neighbour");
    check(v4->version_ihl == 0x45 && v4->total_length == htons(120) && v4->ttl == 9 &&
              v4->tos == 0xb9 && v4->protocol == PROTOCOL && bp_checksum(v4, 20) == 0,
          "its IPv4 header is right");
    check(v4->fragment == htons(BP_IPV4_DF), "and forbids fragments");
    path.flags |= BP_PATH_NO_DF;
    bp_ip_output(&net, payload(100), &path, PROTOCOL, 0, 0);
    bp_ip_output(&net, payload(100), &path, PROTOCOL, 0, 0);
    check(sent_ipv4(1)->fragment == 0 && sent_ipv4(1)->id != sent_ipv4(2)->id,
          "unless told otherwise: then identifications differ");
    check(sent_ipv4(2)->ttl == 64, "a TTL of 0 is the default");

    path = path_to("fd00::2");
    bp_ip_output(&net, payload(100), &path, PROTOCOL, 0xb9, 7);
    v6 = sent_ipv6(3);
    check(v6->version_class_flow == htonl(0x6b900000) && v6->payload_length == htons(100) &&
              v6->next_header == PROTOCOL && v6->hop_limit == 7,
          "the IPv6 header is right");

    fake.device.offloads = BP_DEVICE_TX_IP_CHECKSUM;
    path = path_to("10.0.0.2");
    bp_ip_output(&net, payload(100), &path, PROTOCOL, 0, 0);
    check(sent_ipv4(4)->checksum == 0 && fake.sent[4].flags & BP_PACKET_FILL_IP &&
              fake.sent[4].l3_len == 20,
          "the device fills in the checksum if it can");
    stop();
}

/* Puts the fragments sent back together, in order; returns the payload's length or 0. */
static u32 join_sent(u8 *to, bool v6)
{
    u32 at = 0;

    for (u32 i = 0; i < fake.sent_count; i++) {
        u32 headers = 14 + (v6 ? 48 : 20), offset;
        bool more;

        if (v6) {
            const struct bp_ipv6_fragment *f = (const void *)(sent(i) + 14 + 40);
            offset = ntohs(f->offset_more) & 0xfff8;
            more = ntohs(f->offset_more) & 1;
        } else {
            offset = (ntohs(sent_ipv4(i)->fragment) & 0x1fff) * 8u;
            more = ntohs(sent_ipv4(i)->fragment) & BP_IPV4_MF;
        }
        if (offset != at || more != (i + 1 < fake.sent_count) || fake.sent[i].len > 1514)
            return 0;
        memcpy(to + at, sent(i) + headers, fake.sent[i].len - headers);
        at += fake.sent[i].len - headers;
    }
    return at;
}

static void test_fragments_sent(void)
{
    static u8 joined[70000];
    static const char *const peers[] = {"10.0.0.2", "fd00::2"};
    struct bytes expected = {};

    put_pattern(&expected, 65000, 0);
    for (int v6 = 0; v6 < 2; v6++) {
        begin_with_peers();
        struct bp_ip_path path = path_to(peers[v6]);

        check(bp_ip_output(&net, payload(1600), &path, PROTOCOL, 0, 0) == -EMSGSIZE,
              "%s: too large and not to be fragmented is EMSGSIZE", peers[v6]);
        check_drop(BP_DROP_TOO_BIG, "counted");
        path.flags |= BP_PATH_FRAGMENT;
        check(bp_ip_output(&net, payload(65000), &path, PROTOCOL, 0, 0) == 0 &&
                  join_sent(joined, v6) == 65000 && memcmp(joined, expected.at, 65000) == 0,
              "%s: 65000 bytes leave in fragments", peers[v6]);
        clear_sent();
        check(bp_ip_output(&net, payload(65530), &path, PROTOCOL, 0, 0) == -EMSGSIZE,
              "%s: more than IP can say is EMSGSIZE", peers[v6]);
        check_drop(BP_DROP_TOO_BIG, "counted");
        fake.pool_left = 2;
        check(bp_ip_output(&net, payload(10000), &path, PROTOCOL, 0, 0) == -ENOBUFS,
              "%s: an empty pool is ENOBUFS", peers[v6]);
        check_drop(BP_DROP_NO_BUFFER, "counted");
        fake.pool_left = 1 << 30;
        stop();
    }
}

static void test_loopback(void)
{
    static const char *const own[] = {"10.0.0.1", "fd00::1"};

    for (int v6 = 0; v6 < 2; v6++) {
        begin();
        struct bp_ip_path path = path_to(own[v6]);

        check(bp_ip_output(&net, payload(100), &path, PROTOCOL, 3, 0) == 0 && got.count == 0 &&
                  bp_net_deadline(&net) <= now,
              "%s: what we send ourselves waits for the next poll", own[v6]);
        bp_net_poll(&net, now);
        check(got.count == 1 && got.len == 100 && got.info.tos == 3 && fake.sent_count == 0,
              "%s: and comes back", own[v6]);
        path.flags |= BP_PATH_FRAGMENT;
        bp_ip_output(&net, payload(5000), &path, PROTOCOL, 0, 0);
        bp_net_poll(&net, now);
        check(got.count == 2 && got.len == 5000, "%s: in fragments too", own[v6]);
        for (int i = 0; i < BP_NET_LOOPBACK; i++)
            bp_ip_output(&net, payload(1), &path, PROTOCOL, 0, 0);
        check(bp_ip_output(&net, payload(1), &path, PROTOCOL, 0, 0) == -ENOBUFS,
              "%s: but not without end", own[v6]);
        check_drop(BP_DROP_LOOPBACK_FULL, "counted");
        stop();
    }
}

static void test_group_loop(void)
{
    struct bp_ip_addr group = addr("239.1.2.3");
    struct bp_ip_path path;

    begin();
    path = path_to("239.1.2.3");
    path.flags |= BP_PATH_LOOP;
    bp_ip_output(&net, payload(10), &path, PROTOCOL, 0, 1);
    bp_net_poll(&net, now);
    check(got.count == 0 && memcmp(sent_ether(0)->destination, "\x01\x00\x5e\x01\x02\x03", 6) == 0,
          "a packet to a group that we have not joined only leaves");
    bp_group_join(&net, 0, &group);
    bp_ip_output(&net, payload(10), &path, PROTOCOL, 0, 1);
    bp_net_poll(&net, now);
    check(got.count == 1 && got.info.multicast, "once joined it comes back too");
    path.flags &= ~(u32)BP_PATH_LOOP;
    bp_ip_output(&net, payload(10), &path, PROTOCOL, 0, 1);
    bp_net_poll(&net, now);
    check(got.count == 1, "unless not wanted");
    stop();
}

static void test_checksum_offload(void)
{
    struct bp_ip_path path;

    begin_with_peers();
    for (int offload = 0; offload < 2; offload++) {
        fake.device.offloads = offload ? BP_DEVICE_TX_L4_CHECKSUM : 0;
        path = path_to("10.0.0.2");
        struct bp_packet *packet = payload(101);
        memset(bp_packet_data(packet) + 6, 0, 2);
        bp_ip_fill_checksum(&net, packet, &path, BP_IP_UDP, 6);
        u64 pseudo = bp_sum_pseudo(&path.source, &path.destination, BP_IP_UDP, 101);
        be16 field;
        memcpy(&field, bp_packet_data(packet) + 6, 2);
        if (offload)
            check(field == bp_sum_fold(pseudo) && packet->flags & BP_PACKET_FILL_L4,
                  "the device gets the pseudo-header's sum");
        else
            check(bp_sum_fold(bp_sum_packet(pseudo, packet)) == 0xffff,
                  "a sum of our own is whole");
        bp_net_free(&net, packet);
    }
    struct bp_packet *large = payload(3000);
    bp_ip_fill_checksum(&net, large, &path, BP_IP_UDP, 6);
    check(!(large->flags & BP_PACKET_FILL_L4), "what will be fragmented gets a sum of our own");
    bp_net_free(&net, large);
    fake.device.offloads |= BP_DEVICE_TSO | BP_DEVICE_TX_CHAIN;
    large = payload(3000);
    large->flags = BP_PACKET_SEGMENT;
    large->l4_len = 20;
    large->mss = 1460;
    check(bp_ip_can_segment(&net, &path), "segments are the device's if it can");
    bp_ip_fill_checksum(&net, large, &path, BP_IP_TCP, 16);
    clear_sent();
    check(bp_ip_output(&net, large, &path, BP_IP_TCP, 0, 0) == 0 && fake.sent[0].len == 3034,
          "a packet to be cut leaves whole");
    large = payload(3000);
    large->flags = BP_PACKET_SEGMENT;
    large->l4_len = 20;
    large->mss = 1461;
    check(bp_ip_output(&net, large, &path, BP_IP_TCP, 0, 0) == -EMSGSIZE,
          "unless its cuts are too large");
    stop();
}

int main(void)
{
    test_v4_header();
    test_v4_padding_and_pieces();
    test_v4_options();
    test_v6_header();
    test_v6_extensions();
    test_routes();
    test_configs_refused();
    test_output();
    test_fragments_sent();
    test_loopback();
    test_group_loop();
    test_checksum_offload();
    return failures != 0;
}
