// sources: runtime-c/net/*.c runtime-c/nic/packet.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/* ICMP and ICMPv6: echo, errors out and in, path MTUs. */
#include "net_harness.h"

#include "net/icmp.h"

enum {
    PROTOCOL = 253
};

static struct {
    u32 count;
    struct bp_ip_error last;
    u8 transport[8];
    bool learn;
} told;

static void tell(struct bp_net *in, const struct bp_ip_error *error)
{
    told.count++;
    told.last = *error;
    memcpy(told.transport, error->transport, 8);
    if (told.learn)
        bp_ip_learn_mtu(in, error);
}

static void ignore(struct bp_net *in, struct bp_packet *packet, const struct bp_ip_info *info)
{
    (void)info;
    bp_net_free(in, packet);
}

static void refuse(struct bp_net *in, struct bp_packet *packet, const struct bp_ip_info *info)
{
    bp_ip_port_unreachable(in, packet, info);
}

static const struct bp_ip_protocol protocol = {.input = ignore, .error = tell};
static const struct bp_ip_protocol refusing = {.input = refuse};

static bool v6;

static const char *ip(void)
{
    return v6 ? "ICMPv6" : "ICMP";
}

static const char *peer(void)
{
    return v6 ? "fd00::2" : "10.0.0.2";
}

static const char *own(void)
{
    return v6 ? "fd00::1" : "10.0.0.1";
}

static void begin(void)
{
    struct bp_ip_path path;

    start();
    bp_ip_register(&net, PROTOCOL, &protocol);
    memset(&told, 0, sizeof(told));
    path = path_to(peer());
    bp_ip_output(&net, payload(1), &path, PROTOCOL, 0, 0);
    if (v6)
        answer_nd(peer(), peer_mac, 0x60000000);
    else
        answer_arp(peer(), peer_mac);
    clear_sent();
}

static void receive_from_peer(struct ip_fields fields, const struct bytes *payload)
{
    if (v6)
        receive_ipv6(fields, payload->at, payload->len);
    else
        receive_ipv4(fields, payload->at, payload->len);
}

static void icmp_to(const char *source, const char *destination, struct bytes *message)
{
    u8 number = v6 ? BP_IP_ICMPV6 : BP_IP_ICMP;

    fill_checksum(message, 2, number, source, destination);
    receive_from_peer(
        (struct ip_fields){.source = source, .destination = destination, .protocol = number},
        message);
}

/* The ICMP message that was sent i-th, and whether its checksum is right. */
static const u8 *sent_icmp(u32 i, bool *right)
{
    u32 at = v6 ? 54 : 34;
    u32 len = fake.sent[i].len - at;
    u64 sum = 0;

    if (v6)
        sum = bp_sum_bytes(0, sent(i) + 22, 32) + htonl(len) + htonl(58);
    *right = i < fake.sent_count && bp_sum_fold(bp_sum_bytes(sum, sent(i) + at, len)) == 0xffff;
    return sent(i) + at;
}

static void echo(const char *source, const char *destination, u32 len)
{
    struct bytes message = {};

    put_hex(&message, v6 ? "80 00 0000 1234 0001" : "08 00 0000 1234 0001");
    put_pattern(&message, len, 1);
    icmp_to(source, destination, &message);
}

static void test_echo(void)
{
    struct bytes bad = {};
    bool right;

    begin();
    echo(peer(), own(), 56);
    const u8 *reply = sent_icmp(0, &right);
    check(right && fake.sent_count == 1 && reply[0] == (v6 ? 129 : 0) &&
              memcmp(reply + 4, "\x12\x34\x00\x01", 4) == 0 && reply[8] == 1 &&
              reply[8 + 55] == (u8)(55 * 7 + 1),
          "%s: an echo comes back", ip());
    echo(peer(), v6 ? "ff02::1" : "10.0.0.255", 56);
    check(fake.sent_count == (v6 ? 2u : 1u), "%s: %s", ip(),
          v6 ? "from a group with an own address" : "but not to everyone's");
    put_hex(&bad, v6 ? "80 00 1111 1234 0001" : "08 00 1111 1234 0001");
    receive_from_peer((struct ip_fields){.protocol = v6 ? BP_IP_ICMPV6 : BP_IP_ICMP}, &bad);
    if (!v6)
        drops(BP_DROP_ICMP_IGNORED);
    check_drop(BP_DROP_ICMP_MALFORMED, "a wrong checksum");
    bad.len = 7;
    receive_from_peer((struct ip_fields){.protocol = v6 ? BP_IP_ICMPV6 : BP_IP_ICMP}, &bad);
    check_drop(BP_DROP_ICMP_MALFORMED, "seven bytes");
    echo(own(), own(), 8);
    check_drop(BP_DROP_IP_SOURCE, "an echo that would answer itself");
    stop();
}

/* An echo larger than the MTU comes in fragments and goes in fragments. */
static void test_large_echo(void)
{
    struct bytes message = {}, piece = {};
    u32 len = 0;

    begin();
    put_hex(&message, v6 ? "80 00 0000 1234 0001" : "08 00 0000 1234 0001");
    put_pattern(&message, 4000, 1);
    fill_checksum(&message, 2, v6 ? BP_IP_ICMPV6 : BP_IP_ICMP, peer(), own());
    for (u32 at = 0; at < message.len; at += 1400) {
        u32 part = BP_MIN(message.len - at, 1400u);
        bool more = at + part < message.len;

        piece.len = 0;
        if (v6) {
            be16 field = htons((u16)(at | more));

            put_hex(&piece, "3a 00");
            put(&piece, &field, 2);
            put_hex(&piece, "00000007");
        }
        put(&piece, message.at + at, part);
        receive_from_peer((struct ip_fields){.protocol = v6 ? BP_IP_FRAGMENT : BP_IP_ICMP,
                                             .id = 7,
                                             .fragment = (u16)(at / 8 | (more ? BP_IPV4_MF : 0))},
                          &piece);
    }
    for (u32 i = 0; i < fake.sent_count; i++)
        len += fake.sent[i].len - (v6 ? 62 : 34);
    check(fake.sent_count == 3 && len == 4008, "%s: a large echo comes back in fragments", ip());
    stop();
}

static void test_errors_sent(void)
{
    struct bytes udp = {}, error = {};
    bool right;

    begin();
    bp_ip_register(&net, PROTOCOL, &refusing);
    put_pattern(&udp, 1400, 5);
    receive_from_peer((struct ip_fields){.protocol = PROTOCOL}, &udp);
    const u8 *icmp = sent_icmp(0, &right);
    u32 headers = v6 ? 40 : 20;
    check(right && icmp[0] == (v6 ? 1 : 3) && icmp[1] == (v6 ? 4 : 3) &&
              memcmp(icmp + 8 + headers, udp.at, 100) == 0,
          "%s: a refused packet is quoted", ip());
    check(fake.sent[0].len - 14 == (v6 ? 1280 : 576), "%s: as much of it as may be", ip());
    receive_from_peer((struct ip_fields){.protocol = 222}, &udp);
    icmp = sent_icmp(1, &right);
    check(right && icmp[0] == (v6 ? 4 : 3) && icmp[1] == (v6 ? 1 : 2),
          "%s: an unknown protocol is refused", ip());
    drops(BP_DROP_IP_PROTOCOL);

    clear_sent();
    if (v6) {
        receive_from_peer((struct ip_fields){.protocol = PROTOCOL, .destination = "ff02::1"}, &udp);
    } else {
        receive_from_peer((struct ip_fields){.protocol = PROTOCOL, .destination = "224.0.0.1"},
                          &udp);
        receive_from_peer((struct ip_fields){.protocol = PROTOCOL, .destination = "10.0.0.255"},
                          &udp);
    }
    check(fake.sent_count == 0, "%s: never about a packet to many", ip());
    if (v6) { /* an error behind an extension header that asks for an error */
        put_hex(&error, "3a 00 be 04 00000000 01 04 0000 00000000");
        receive_ipv6((struct ip_fields){.protocol = 60}, error.at, error.len);
        check(fake.sent_count == 0, "%s: never about an error", ip());
    }
    stop();
}

static void test_rate(void)
{
    struct bytes any = {};

    begin();
    bp_ip_register(&net, PROTOCOL, &refusing);
    put_pattern(&any, 8, 0);
    for (int i = 0; i < 200; i++)
        receive_from_peer((struct ip_fields){.protocol = PROTOCOL}, &any);
    check(fake.sent_count >= 25 && fake.sent_count <= 50 &&
              drops(BP_DROP_ICMP_LIMIT) == 200 - fake.sent_count,
          "%s: a burst of errors is cut", ip());
    now += SECOND / 100;
    bp_net_poll(&net, now);
    u32 before = fake.sent_count;
    for (int i = 0; i < 50; i++)
        receive_from_peer((struct ip_fields){.protocol = PROTOCOL}, &any);
    check(fake.sent_count - before >= 5 && fake.sent_count - before <= 11,
          "%s: to a thousand a second at most", ip());
    stop();
}

/* An error about a packet of ours to the peer. */
static void error_about(u8 type, u8 code, u32 rest, const char *source, const char *destination,
                        u8 quoted_protocol, u32 quoted_len)
{
    struct bytes message = {}, quoted = {}, data = {};
    be32 word = htonl(rest);
    struct ip_fields fields = {
        .source = source, .destination = destination, .protocol = quoted_protocol};

    put_pattern(&data, 1000, 9);
    if (v6)
        put_ipv6(&quoted, fields, data.at, data.len);
    else
        put_ipv4(&quoted, fields, data.at, data.len);
    put(&message, &type, 1);
    put(&message, &code, 1);
    put_zeros(&message, 2);
    put(&message, &word, 4);
    put(&message, quoted.at, quoted_len);
    icmp_to(peer(), own(), &message);
}

static void test_errors_received(void)
{
    static const struct {
        u8 type, code;
        enum bp_ip_error_kind kind;
        int error;
        bool hard;
    } v4_cases[] =
        {
            {3, 0, BP_IP_ERROR_NET_UNREACHABLE, -ENETUNREACH, false},
            {3, 1, BP_IP_ERROR_HOST_UNREACHABLE, -EHOSTUNREACH, false},
            {3, 2, BP_IP_ERROR_PROTOCOL_UNREACHABLE, -ENOPROTOOPT, true},
            {3, 3, BP_IP_ERROR_PORT_UNREACHABLE, -ECONNREFUSED, true},
            {3, 13, BP_IP_ERROR_PROHIBITED, -EHOSTUNREACH, true},
            {11, 0, BP_IP_ERROR_TIME_EXCEEDED, -EHOSTUNREACH, false},
            {12, 0, BP_IP_ERROR_PARAMETER, -EPROTO, true},
        },
      v6_cases[] = {
          {1, 0, BP_IP_ERROR_NET_UNREACHABLE, -ENETUNREACH, false},
          {1, 1, BP_IP_ERROR_PROHIBITED, -EACCES, true},
          {1, 3, BP_IP_ERROR_HOST_UNREACHABLE, -EHOSTUNREACH, false},
          {1, 4, BP_IP_ERROR_PORT_UNREACHABLE, -ECONNREFUSED, true},
          {3, 0, BP_IP_ERROR_TIME_EXCEEDED, -EHOSTUNREACH, false},
          {4, 1, BP_IP_ERROR_PARAMETER, -EPROTO, true},
      };
    u32 headers = v6 ? 40 : 20, count = v6 ? ARRAY_SIZE(v6_cases) : ARRAY_SIZE(v4_cases);
    const char *far = v6 ? "2001:db8::5" : "8.8.8.8";

    begin();
    for (u32 i = 0; i < count; i++) {
        __typeof__(v4_cases[0]) *it = v6 ? (void *)&v6_cases[i] : (void *)&v4_cases[i];
        struct bp_ip_addr to = addr(far), offender = addr(peer());

        error_about(it->type, it->code, 0, own(), far, PROTOCOL, headers + 8);
        check(told.count == i + 1 && told.last.kind == it->kind && told.last.error == it->error &&
                  told.last.hard == it->hard && !told.last.local && told.last.v6 == v6 &&
                  bp_ip_equal(&told.last.destination, &to) &&
                  bp_ip_equal(&told.last.offender, &offender) && told.transport[1] == 7 + 9,
              "%s: type %u, code %u is told as Linux has it", ip(), it->type, it->code);
    }
    memset(net.drops, 0, sizeof(net.drops));
    u8 unreachable = v6 ? 1 : 3;
    error_about(unreachable, 1, 0, peer(), far, PROTOCOL, headers + 8);
    check_drop(BP_DROP_ICMP_IGNORED, "an error about a packet of another");
    error_about(unreachable, 1, 0, own(), far, PROTOCOL, headers + 7);
    check_drop(BP_DROP_ICMP_IGNORED, "an error that quotes too little");
    error_about(unreachable, 1, 0, own(), far, PROTOCOL, 0);
    check_drop(BP_DROP_ICMP_IGNORED, "an error that quotes nothing");
    error_about(unreachable, 99, 0, own(), far, PROTOCOL, headers + 8);
    check_drop(BP_DROP_ICMP_IGNORED, "an unknown code");
    error_about(v6 ? 137 : 5, 0, 0, own(), far, PROTOCOL, headers + 8);
    check_drop(BP_DROP_ICMP_IGNORED, "a redirect");
    check(told.count == count, "%s: of these nobody hears", ip());
    error_about(unreachable, 1, 0, own(), far, 77, headers + 8);
    check(told.count == count, "%s: nor of protocols that nobody speaks", ip());
    stop();
}

static void too_big(u32 mtu, const char *about)
{
    error_about(v6 ? 2 : 3, v6 ? 0 : 4, mtu, own(), about, PROTOCOL, v6 ? 48 : 28);
}

static void test_path_mtu(void)
{
    const char *far = v6 ? "2001:db8::5" : "8.8.8.8", *other = v6 ? "2001:db8::6" : "8.8.4.4";

    begin();
    struct bp_ip_path path = path_to(far), another = path_to(other);
    check(bp_ip_mtu(&net, &path) == 1500, "%s: at first the interface's MTU counts", ip());
    too_big(1400, far);
    check(told.last.kind == BP_IP_ERROR_TOO_BIG && told.last.mtu == 1400 &&
              bp_ip_mtu(&net, &path) == 1500,
          "%s: what the protocol does not know as its own narrows nothing", ip());
    told.learn = true;
    too_big(1400, far);
    check(bp_ip_mtu(&net, &path) == 1400 && bp_ip_mtu(&net, &another) == 1500,
          "%s: what it knows narrows this path", ip());
    too_big(1450, far);
    check(bp_ip_mtu(&net, &path) == 1400, "%s: and never widens it", ip());
    check(bp_ip_output(&net, payload(1390), &path, PROTOCOL, 0, 0) == -EMSGSIZE,
          "%s: larger packets are EMSGSIZE", ip());
    u32 least = v6 ? 1280 : 576;
    too_big(v6 ? 1000 : 100, far);
    check(bp_ip_mtu(&net, &path) == (v6 ? 1400 : least), "%s: nobody is talked below %u", ip(),
          least);
    pass(300 * SECOND);
    too_big(1300, other);
    check(bp_ip_mtu(&net, &another) == 1300, "%s: paths are known by their ends", ip());
    pass(301 * SECOND);
    check(bp_ip_mtu(&net, &path) == 1500 && bp_ip_mtu(&net, &another) == 1300,
          "%s: after ten minutes it is forgotten", ip());
    pass(300 * SECOND);
    check(bp_ip_mtu(&net, &another) == 1500, "%s: each in its time", ip());
    if (!v6) {
        too_big(0, far);
        check(bp_ip_mtu(&net, &path) == 1006,
              "a router that does not say is taken for the next plateau (RFC 1191)");
        path.flags |= BP_PATH_NO_DF;
        check(bp_ip_mtu(&net, &path) == 1500, "who lets routers fragment need not care");
    }
    stop();
}

static void test_path_mtu_bound(void)
{
    char text[64];
    u32 narrow = 0;

    v6 = false;
    begin();
    told.learn = true;
    for (u32 i = 0; i < 4 * BP_NET_PATH_MTUS; i++) {
        snprintf(text, sizeof(text), "8.8.%u.%u", i / 256, i % 256);
        too_big(1400, text);
    }
    for (u32 i = 0; i < 4 * BP_NET_PATH_MTUS; i++) {
        snprintf(text, sizeof(text), "8.8.%u.%u", i / 256, i % 256);
        struct bp_ip_path path = path_to(text);
        narrow += bp_ip_mtu(&net, &path) == 1400;
    }
    check(narrow > BP_NET_PATH_MTUS / 2 && narrow <= BP_NET_PATH_MTUS,
          "no more than so many paths are remembered");
    stop();
}

int main(void)
{
    for (int version = 0; version < 2; version++) {
        v6 = version;
        test_echo();
        test_large_echo();
        test_errors_sent();
        test_rate();
        test_errors_received();
        test_path_mtu();
    }
    test_path_mtu_bound();
    return failures != 0;
}
