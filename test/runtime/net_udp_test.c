// sources: runtime-c/net/*.c runtime-c/nic/packet.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/* UDP: who gets which datagram, what is refused, and what leaves. */
#include "net_harness.h"

#include "net/icmp.h"
#include "net/udp.h"

static struct bp_udp udp;

/* An endpoint that keeps what it is given. */
struct sink {
    struct bp_udp_endpoint endpoint;
    u32 count, errors, len;
    u8 bytes[70000];
    u16 port;
    struct bp_ip_info info;
    struct bp_ip_error error;
    bool leaves; /* unbinds itself on the first datagram */
};

static void on_receive(struct bp_udp_endpoint *endpoint, const struct bp_packet *payload,
                       const struct bp_udp_source *source)
{
    struct sink *sink = container_of(endpoint, struct sink, endpoint);

    sink->count++;
    sink->len = payload->total;
    bp_packet_read(payload, 0, sink->bytes, payload->total);
    sink->port = source->port;
    sink->info = *source->info;
    if (sink->leaves)
        bp_udp_unbind(endpoint);
}

static void on_error(struct bp_udp_endpoint *endpoint, const struct bp_ip_error *error)
{
    struct sink *sink = container_of(endpoint, struct sink, endpoint);

    sink->errors++;
    sink->error = *error;
}

static const struct bp_udp_handlers handlers = {on_receive, on_error};

static struct sink sinks[8];

static void begin(void)
{
    start();
    memset(sinks, 0, sizeof(sinks));
    bp_udp_init(&net, &udp);
}

static int bind_to(u32 i, const char *local, u16 port, u8 flags)
{
    sinks[i].endpoint.handlers = &handlers;
    sinks[i].endpoint.local = addr(local);
    sinks[i].endpoint.local_port = port;
    sinks[i].endpoint.interface = BP_NET_ANY_INTERFACE;
    sinks[i].endpoint.flags = flags;
    return bp_udp_bind(&net, &sinks[i].endpoint);
}

static void connect_to(u32 i, const char *remote, u16 port)
{
    struct bp_ip_path path = path_to(remote);

    bp_udp_connect(&net, &sinks[i].endpoint, &path, port);
}

/* A datagram to us, right but for what `spoil` says. */
enum spoil {
    FINE,
    NO_CHECKSUM,
    WRONG_CHECKSUM,
    SHORT_LENGTH,
    LONG_LENGTH,
};

static void datagram(const char *source, const char *destination, u16 from, u16 to, u32 len,
                     enum spoil spoil)
{
    struct bytes message = {};
    struct bp_udp_header header = {bp_be16(from), bp_be16(to), bp_be16((u16)(len + 8)), 0};
    struct ip_fields fields = {.source = source, .destination = destination, .protocol = BP_IP_UDP};

    put(&message, &header, sizeof(header));
    put_pattern(&message, len, 4);
    if (spoil == SHORT_LENGTH)
        message.at[5] = 7;
    if (spoil == LONG_LENGTH)
        message.at[5]++;
    fill_checksum(&message, 6, BP_IP_UDP, source, destination);
    if (spoil == NO_CHECKSUM)
        memset(message.at + 6, 0, 2);
    if (spoil == WRONG_CHECKSUM)
        message.at[6] ^= 1;
    if (strchr(source, ':'))
        receive_ipv6(fields, message.at, message.len);
    else
        receive_ipv4(fields, message.at, message.len);
}

static void from_peer(const char *destination, u16 from, u16 to)
{
    datagram(strchr(destination, ':') ? "fd00::2" : "10.0.0.2", destination, from, to, 10, FINE);
}

static void test_delivery(void)
{
    struct bytes expected = {};

    begin();
    put_pattern(&expected, 100, 4);
    bind_to(0, "10.0.0.1", 53, 0);
    datagram("10.0.0.2", "10.0.0.1", 1234, 53, 100, FINE);
    check(sinks[0].count == 1 && sinks[0].len == 100 && sinks[0].port == 1234 &&
              memcmp(sinks[0].bytes, expected.at, 100) == 0 &&
              bp_ip_v4(&sinks[0].info.source) == htonl(0x0a000002),
          "a datagram arrives with its source");
    datagram("10.0.0.2", "10.0.0.1", 1234, 53, 0, FINE);
    check(sinks[0].count == 2 && sinks[0].len == 0, "so does an empty one");
    datagram("10.0.0.2", "10.0.0.1", 1234, 53, 10, NO_CHECKSUM);
    check(sinks[0].count == 3, "IPv4 needs no checksum");
    datagram("10.0.0.2", "10.0.0.1", 1234, 53, 10, WRONG_CHECKSUM);
    check_drop(BP_DROP_UDP_CHECKSUM, "a wrong one");
    datagram("10.0.0.2", "10.0.0.1", 1234, 53, 10, SHORT_LENGTH);
    check_drop(BP_DROP_UDP_MALFORMED, "a length below the header's");
    datagram("10.0.0.2", "10.0.0.1", 1234, 53, 10, LONG_LENGTH);
    check_drop(BP_DROP_UDP_MALFORMED, "a length beyond the packet");
    datagram("10.0.0.2", "10.0.0.1", 1234, 0, 10, FINE);
    check_drop(BP_DROP_UDP_MALFORMED, "port 0");
    receive_ipv4((struct ip_fields){.protocol = BP_IP_UDP}, "1234567", 7);
    check_drop(BP_DROP_UDP_MALFORMED, "seven bytes");
    datagram("fd00::2", "fd00::1", 1234, 53, 10, NO_CHECKSUM);
    check_drop(BP_DROP_UDP_CHECKSUM, "IPv6 needs a checksum");
    check(sinks[0].count == 3, "nothing of these came through");
    stop();
}

static void test_specific_first(void)
{
    begin();
    check(bind_to(0, "::", 53, BP_UDP_REUSEADDR) == 0 &&
              bind_to(1, "0.0.0.0", 53, BP_UDP_REUSEADDR) == 0 &&
              bind_to(2, "10.0.0.1", 53, BP_UDP_REUSEADDR) == 0 &&
              bind_to(3, "10.0.0.1", 53, BP_UDP_REUSEADDR) == 0,
          "addresses may be shared when all agree");
    connect_to(3, "10.0.0.2", 999);
    from_peer("10.0.0.1", 999, 53);
    check(sinks[3].count == 1, "the connected one is first");
    from_peer("10.0.0.1", 998, 53);
    check(sinks[2].count == 1, "another port of its peer is not its own: the address is next");
    bp_udp_unbind(&sinks[2].endpoint);
    from_peer("10.0.0.1", 998, 53);
    check(sinks[1].count == 1, "then all addresses of the family");
    bp_udp_unbind(&sinks[1].endpoint);
    from_peer("10.0.0.1", 998, 53);
    check(sinks[0].count == 1, "then all addresses");
    from_peer("fd00::1", 998, 53);
    check(sinks[0].count == 2, "of both families");
    bp_udp_disconnect(&sinks[3].endpoint);
    from_peer("10.0.0.1", 998, 53);
    check(sinks[3].count == 2, "disconnected, it takes anyone's again");
    bp_udp_unbind(&sinks[3].endpoint);
    bind_to(1, "::", 54, BP_UDP_V6ONLY);
    from_peer("10.0.0.1", 998, 54);
    check(sinks[1].count == 1 && drops(BP_DROP_UDP_PORT) == 1, ":: alone is not IPv4");
    sinks[4].endpoint = (struct bp_udp_endpoint){
        .handlers = &handlers, .local = BP_IP_ANY6, .local_port = 53, .flags = BP_UDP_REUSEADDR};
    bp_udp_bind(&net, &sinks[4].endpoint);
    from_peer("fd00::1", 998, 53);
    check(sinks[4].count == 1, "an endpoint of the interface is before one of all");
    stop();
}

static void test_conflicts(void)
{
    static const struct {
        const char *a, *b;
        u8 a_flags, b_flags;
        int error;
    } cases[] = {
        {"10.0.0.1", "10.0.0.1", 0, 0, -EADDRINUSE},
        {"0.0.0.0", "10.0.0.1", 0, 0, -EADDRINUSE},
        {"10.0.0.1", "0.0.0.0", 0, 0, -EADDRINUSE},
        {"::", "10.0.0.1", 0, 0, -EADDRINUSE},
        {"::", "0.0.0.0", 0, 0, -EADDRINUSE},
        {"::", "fd00::1", 0, 0, -EADDRINUSE},
        {"0.0.0.0", "fd00::1", 0, 0, 0},
        {"::", "0.0.0.0", BP_UDP_V6ONLY, 0, 0},
        {"::", "10.0.0.1", BP_UDP_V6ONLY, 0, 0},
        {"10.0.0.1", "fd00::1", 0, 0, 0},
        {"10.0.0.1", "10.0.0.1", BP_UDP_REUSEADDR, 0, -EADDRINUSE},
        {"10.0.0.1", "10.0.0.1", BP_UDP_REUSEADDR, BP_UDP_REUSEADDR, 0},
        {"10.0.0.1", "10.0.0.1", BP_UDP_REUSEPORT, BP_UDP_REUSEADDR, -EADDRINUSE},
        {"10.0.0.1", "10.0.0.1", BP_UDP_REUSEPORT, BP_UDP_REUSEPORT, 0},
    };

    for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
        begin();
        bind_to(0, cases[i].a, 53, cases[i].a_flags);
        check(bind_to(1, cases[i].b, 53, cases[i].b_flags) == cases[i].error,
              "%s (%u), then %s (%u): %s", cases[i].a, cases[i].a_flags, cases[i].b,
              cases[i].b_flags, cases[i].error ? "in use" : "both");
        stop();
    }
    begin();
    bind_to(0, "10.0.0.1", 53, BP_UDP_REUSEPORT);
    sinks[1].endpoint.owner = 7;
    check(bind_to(1, "10.0.0.1", 53, BP_UDP_REUSEPORT) == -EADDRINUSE,
          "ports are not shared with other users");
    check(bind_to(2, "10.0.0.9", 53, 0) == -EADDRNOTAVAIL, "an address that is not ours");
    check(bind_to(2, "224.0.0.251", 5353, 0) == 0, "a group may be bound");
    check(bind_to(3, "10.0.0.255", 67, 0) == 0, "so may a broadcast address");
    sinks[4].endpoint = (struct bp_udp_endpoint){.handlers = &handlers, .interface = 5};
    check(bp_udp_bind(&net, &sinks[4].endpoint) == -EINVAL, "an interface that is not there");
    stop();
}

static void test_ephemeral(void)
{
    enum {
        ALL = 60999 - 32768 + 1
    };
    static struct bp_udp_endpoint many[ALL + 1];
    static u8 seen[65536];
    bool distinct = true;

    begin();
    for (u32 i = 0; i < 3000; i++) {
        many[i] = (struct bp_udp_endpoint){
            .handlers = &handlers, .local = BP_IP_ANY4, .interface = BP_NET_ANY_INTERFACE};
        distinct &= bp_udp_bind(&net, &many[i]) == 0 && many[i].local_port >= 32768 &&
                    many[i].local_port <= 60999 && !seen[many[i].local_port]++;
    }
    check(distinct, "chosen ports differ and are Linux's");
    for (u32 port = 32768, i = 3000; port <= 60999; port++) {
        if (seen[port])
            continue;
        many[i] = (struct bp_udp_endpoint){.handlers = &handlers,
                                           .local = BP_IP_ANY4,
                                           .local_port = (u16)port,
                                           .interface = BP_NET_ANY_INTERFACE};
        bp_udp_bind(&net, &many[i++]);
    }
    check(bind_to(0, "0.0.0.0", 0, 0) == -EADDRINUSE, "when all are taken, there is none");
    check(bind_to(0, "fd00::1", 0, 0) == 0, "but for other addresses");
    stop();
}

static void test_reuseport(void)
{
    u32 total = 0;
    bool steady = true;

    begin();
    for (u32 i = 0; i < 4; i++)
        bind_to(i, "0.0.0.0", 53, BP_UDP_REUSEPORT);
    for (u16 port = 1; port <= 400; port++)
        from_peer("10.0.0.1", port, 53);
    for (u32 i = 0; i < 4; i++) {
        check(sinks[i].count > 50, "a group's members share senders: %u", sinks[i].count);
        total += sinks[i].count;
        sinks[i].count = 0;
    }
    check(total == 400, "each datagram to one");
    for (int round = 0; round < 10; round++)
        from_peer("10.0.0.1", 77, 53);
    for (u32 i = 0; i < 4; i++)
        steady &= sinks[i].count == 0 || sinks[i].count == 10;
    check(steady, "a sender keeps its member");
    stop();
}

static void test_to_many(void)
{
    struct bp_ip_addr group = addr("239.0.0.5");

    begin();
    bp_group_join(&net, 0, &group);
    bind_to(0, "0.0.0.0", 5000, BP_UDP_REUSEADDR);
    bind_to(1, "239.0.0.5", 5000, BP_UDP_REUSEADDR);
    bind_to(2, "10.0.0.1", 5000, BP_UDP_REUSEADDR);
    bind_to(3, "::", 5000, BP_UDP_REUSEADDR);
    from_peer("239.0.0.5", 9, 5000);
    check(sinks[0].count == 1 && sinks[1].count == 1 && sinks[2].count == 0 && sinks[3].count == 1,
          "a group's datagram goes to all who take it");
    check(sinks[0].info.multicast, "and says that it was to a group");
    sinks[0].leaves = true;
    from_peer("10.0.0.255", 9, 5000);
    check(sinks[0].count == 2 && sinks[1].count == 1 && sinks[3].count == 2,
          "so does a broadcast, one leaving meanwhile");
    clear_sent();
    from_peer("10.0.0.255", 9, 5001);
    check_drop(BP_DROP_UDP_PORT, "to a port that nobody has");
    check(fake.sent_count == 0, "without a word");
    stop();
}

static void resolve_peers(void)
{
    struct bp_ip_path path = path_to("10.0.0.2");

    bp_udp_output(&net, payload(1), &path, 1, 2, 0, 0);
    answer_arp("10.0.0.2", peer_mac);
    path = path_to("fd00::2");
    bp_udp_output(&net, payload(1), &path, 1, 2, 0, 0);
    answer_nd("fd00::2", peer_mac, 0x60000000);
    clear_sent();
}

static void test_output(void)
{
    static const char *const peers[] = {"10.0.0.2", "fd00::2"};

    begin();
    resolve_peers();
    for (u32 v6 = 0; v6 < 2; v6++) {
        struct bp_ip_path path = path_to(peers[v6]);
        const u8 *at = fake.sent[0].bytes + (v6 ? 54 : 34);

        check(bp_udp_output(&net, payload(11), &path, 1000, 2000, 4, 9) == 0 &&
                  memcmp(at, "\x03\xe8\x07\xd0\x00\x13", 6) == 0,
              "%s: a datagram leaves", peers[v6]);
        u64 sum = bp_sum_pseudo(&path.source, &path.destination, BP_IP_UDP, 19);
        check(bp_sum_fold(bp_sum_bytes(sum, at, 19)) == 0xffff, "%s: with its checksum", peers[v6]);

        /* A payload whose sum makes the checksum 0. */
        struct bp_packet *zero = payload(2);
        memset(bp_packet_data(zero), 0, 2);
        struct bp_udp_header header = {bp_be16(1000), bp_be16(2000), bp_be16(10), 0};
        sum = bp_sum_pseudo(&path.source, &path.destination, BP_IP_UDP, 10);
        be16 rest = (be16)~bp_sum_fold(bp_sum_bytes(sum, &header, 8));
        memcpy(bp_packet_data(zero), &rest, 2);
        bp_udp_output(&net, zero, &path, 1000, 2000, 0, 0);
        check(memcmp(sent(1) + (v6 ? 60 : 40), "\xff\xff", 2) == 0,
              "%s: a checksum of 0 is written as ffff", peers[v6]);
        check(bp_udp_output(&net, payload(65528), &path, 1, 2, 0, 0) == -EMSGSIZE,
              "%s: more than UDP can say is EMSGSIZE", peers[v6]);
        check(bp_udp_output(&net, payload(1473), &path, 1, 2, 0, 0) == -EMSGSIZE,
              "%s: so is more than the MTU", peers[v6]);
        path.flags |= BP_PATH_FRAGMENT;
        clear_sent();
        check(bp_udp_output(&net, payload(1473), &path, 1, 2, 0, 0) == 0 && fake.sent_count == 2,
              "%s: unless in fragments", peers[v6]);
        clear_sent();
    }
    struct bp_packet *cramped = payload(1);
    struct bp_ip_path path = path_to("10.0.0.2");
    cramped->offset = 0;
    check(bp_udp_output(&net, cramped, &path, 1, 2, 0, 0) == -ENOBUFS, "a header needs room");
    stop();
}

static void test_loopback(void)
{
    begin();
    bind_to(0, "10.0.0.1", 53, 0);
    struct bp_ip_path path = path_to("10.0.0.1");
    bp_udp_output(&net, payload(100), &path, 7, 53, 0, 0);
    bp_net_poll(&net, now);
    check(sinks[0].count == 1 && sinks[0].len == 100 && sinks[0].port == 7,
          "a datagram to ourselves comes");
    path.flags |= BP_PATH_FRAGMENT;
    bp_udp_output(&net, payload(60000), &path, 7, 53, 0, 0);
    bp_net_poll(&net, now);
    check(sinks[0].count == 2 && sinks[0].len == 60000, "a large one too");
    bp_udp_output(&net, payload(100), &path, 53, 54, 0, 0);
    bp_net_poll(&net, now);
    bp_net_poll(&net, now);
    check(sinks[0].errors == 1 && sinks[0].error.error == -ECONNREFUSED,
          "so does the news that a port of ours is not there");
    stop();
}

static void test_errors(void)
{
    struct bytes message = {}, quoted = {};
    struct ip_fields fields = {
        .source = "10.0.0.1", .destination = "10.0.0.2", .protocol = BP_IP_UDP};

    begin();
    resolve_peers();
    from_peer("10.0.0.1", 9, 5001);
    check(fake.sent_count == 1 && sent(0)[34] == 3 && sent(0)[35] == 3,
          "who sends to a port that nobody has is told");
    from_peer("fd00::1", 9, 5001);
    check(fake.sent_count == 2 && sent(1)[54] == 1 && sent(1)[55] == 4, "over IPv6 too");

    bind_to(0, "0.0.0.0", 1000, 0);
    connect_to(0, "10.0.0.2", 2000);
    put_hex(&message, "03 04 0000 0000 0514");
    put_ipv4(&quoted, fields, "\x03\xe8\x07\xd0\0\x10\0\0", 8);
    put(&message, quoted.at, quoted.len);
    fill_checksum(&message, 2, BP_IP_ICMP, "10.0.0.2", "10.0.0.1");
    receive_ipv4((struct ip_fields){.protocol = BP_IP_ICMP}, message.at, message.len);
    struct bp_ip_path path = path_to("10.0.0.2");
    check(sinks[0].errors == 1 && sinks[0].error.kind == BP_IP_ERROR_TOO_BIG &&
              bp_ip_mtu(&net, &path) == 1300,
          "an endpoint hears of a narrow path, which is remembered");
    message.len = quoted.len = 0;
    put_hex(&message, "03 04 0000 0000 04b0");
    put_ipv4(&quoted, fields, "\x03\xe8\x07\xd1\0\x10\0\0", 8);
    put(&message, quoted.at, quoted.len);
    fill_checksum(&message, 2, BP_IP_ICMP, "10.0.0.2", "10.0.0.1");
    receive_ipv4((struct ip_fields){.protocol = BP_IP_ICMP}, message.at, message.len);
    check(sinks[0].errors == 1 && bp_ip_mtu(&net, &path) == 1300, "but not of another's datagrams");
    stop();
}

int main(void)
{
    test_delivery();
    test_specific_first();
    test_conflicts();
    test_ephemeral();
    test_reuseport();
    test_to_many();
    test_output();
    test_loopback();
    test_errors();
    return failures != 0;
}
