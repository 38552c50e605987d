// sources: runtime-c/net/*.c runtime-c/nic/packet.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/* ARP and neighbour discovery over one cache: finding, doubting, failing, and lies. */
#include "net_harness.h"

enum {
    PROTOCOL = 253
};

static const u8 liar_mac[6] = {2, 0, 0, 0, 0, 0x66};
static bool v6;
static const char *peer;

static struct {
    u32 count;
    struct bp_ip_error last;
} told;

static void tell(struct bp_net *in, const struct bp_ip_error *error)
{
    (void)in;
    told.count++;
    told.last = *error;
}

static void ignore(struct bp_net *in, struct bp_packet *packet, const struct bp_ip_info *info)
{
    (void)info;
    bp_net_free(in, packet);
}

static const struct bp_ip_protocol protocol = {.input = ignore, .error = tell};

static const char *ip(void)
{
    return v6 ? "ND" : "ARP";
}

static struct bp_ip_path begin(void)
{
    start();
    bp_ip_register(&net, PROTOCOL, &protocol);
    memset(&told, 0, sizeof(told));
    peer = v6 ? "fd00::2" : "10.0.0.2";
    return path_to(peer);
}

static int send_to(struct bp_ip_path *path)
{
    return bp_ip_output(&net, payload(10), path, PROTOCOL, 0, 0);
}

static void answer(const u8 mac[6])
{
    if (v6)
        answer_nd(peer, mac, 0x60000000);
    else
        answer_arp(peer, mac);
}

/* A claim that is no answer. */
static void claim(const u8 mac[6])
{
    struct bytes frame = {};
    struct bp_ip_addr from = addr(peer);

    if (v6) {
        answer_nd(peer, mac, 0x20000000);
        return;
    }
    put_ether(&frame, (u8[]){0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, mac, BP_ETHER_ARP);
    put_hex(&frame, "0001 0800 06 04 0001");
    put(&frame, mac, 6);
    put(&frame, &from.words[3], 4);
    put_zeros(&frame, 6);
    put(&frame, &from.words[3], 4);
    receive(&frame);
}

/* Whether what was sent i-th is a question for the peer's address, to everyone or to its mac. */
static bool is_question(u32 i, bool everyone)
{
    struct bp_ip_addr target = addr(peer);
    u8 group[6] = {0x33, 0x33, 0xff, target.bytes[13], target.bytes[14], target.bytes[15]};
    const u8 *all = v6 ? group : (const u8[]){0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

    if (i >= fake.sent_count ||
        memcmp(sent_ether(i)->destination, everyone ? all : peer_mac, 6) != 0)
        return false;
    if (v6)
        return sent(i)[54] == 135 && memcmp(sent(i) + 62, target.bytes, 16) == 0 &&
               sent_ipv6(i)->hop_limit == 255;
    return memcmp(sent(i) + 12, "\x08\x06\0\x01\x08\0\x06\x04\0\x01", 10) == 0 &&
           memcmp(sent(i) + 38, &target.words[3], 4) == 0;
}

static bool is_packet_to(u32 i, const u8 mac[6])
{
    return i < fake.sent_count && memcmp(sent_ether(i)->destination, mac, 6) == 0 &&
           (v6 ? sent_ipv6(i)->next_header : sent_ipv4(i)->protocol) == PROTOCOL;
}

static void test_resolution(void)
{
    struct bp_ip_path path = begin();

    check(send_to(&path) == 0 && fake.sent_count == 1 && is_question(0, true),
          "%s: the first packet asks everyone", ip());
    for (u32 i = 1; i < BP_NET_NEIGHBOUR_QUEUE + 2; i++)
        send_to(&path);
    check(fake.sent_count == 1 && drops(BP_DROP_NEIGHBOUR_QUEUE) == 2,
          "%s: the latest wait, and no question is repeated for them", ip());
    answer(peer_mac);
    check(fake.sent_count == 1 + BP_NET_NEIGHBOUR_QUEUE && is_packet_to(1, peer_mac),
          "%s: the answer lets them go", ip());
    clear_sent();
    send_to(&path);
    check(fake.sent_count == 1 && is_packet_to(0, peer_mac), "%s: from then on at once", ip());
    stop();
}

static void test_failure(void)
{
    struct bp_ip_path path = begin();

    send_to(&path);
    send_to(&path);
    pass(2500000000);
    check(fake.sent_count == 3 && is_question(2, true) && told.count == 0,
          "%s: asked three times, a second apart", ip());
    pass(SECOND);
    check(fake.sent_count == 3 && told.count == 2 && drops(BP_DROP_NEIGHBOUR_FAILED) == 2,
          "%s: then the protocol hears of each packet", ip());
    check(told.last.local && told.last.kind == BP_IP_ERROR_HOST_UNREACHABLE &&
              told.last.error == -EHOSTUNREACH && told.last.transport_len == 10 &&
              bp_ip_equal(&told.last.destination, &path.destination),
          "%s: and of its header", ip());
    check(send_to(&path) == -EHOSTUNREACH, "%s: for a while it is unreachable at once", ip());
    pass(SECOND);
    check(send_to(&path) == 0 && is_question(3, true), "%s: then it is asked again", ip());
    answer(peer_mac);
    check(is_packet_to(4, peer_mac), "%s: and may answer", ip());
    stop();
}

static void test_confirmation(void)
{
    struct bp_ip_path path = begin();

    send_to(&path);
    answer(peer_mac);
    pass(50 * SECOND);
    clear_sent();
    send_to(&path);
    check(fake.sent_count == 1 && is_packet_to(0, peer_mac), "%s: a stale entry is used", ip());
    pass(6 * SECOND);
    check(fake.sent_count == 2 && is_question(1, false), "%s: and then asked, alone", ip());
    answer(peer_mac);
    pass(10 * SECOND);
    check(fake.sent_count == 2, "%s: an answer is enough", ip());
    pass(50 * SECOND);
    send_to(&path);
    bp_ip_confirm(&net, &path);
    pass(10 * SECOND);
    check(fake.sent_count == 3, "%s: so is a protocol's word", ip());
    bp_ip_doubt(&net, &path);
    send_to(&path);
    pass(6 * SECOND);
    check(fake.sent_count == 5 && is_question(4, false), "%s: a protocol may doubt", ip());
    pass(5 * SECOND);
    check(send_to(&path) == 0 || send_to(&path) == -EHOSTUNREACH, "%s: silence is failure", ip());
    check(fake.sent_count >= 7 && is_question(5, false) && is_question(6, false),
          "%s: after three questions", ip());
    stop();
}

static void test_lies(void)
{
    struct bp_ip_path path = begin();

    answer(liar_mac);
    claim(liar_mac);
    send_to(&path);
    check(is_question(0, true), "%s: what was said before we asked is not believed", ip());
    claim(liar_mac);
    check(fake.sent_count == 1, "%s: nor what is no answer", ip());
    answer(peer_mac);
    clear_sent();
    claim(liar_mac);
    send_to(&path);
    check(is_question(0, true) && is_packet_to(1, peer_mac),
          "%s: a contradiction makes us ask everyone, and changes nothing", ip());
    answer(peer_mac);
    clear_sent();
    for (int i = 0; i < 5; i++)
        claim(liar_mac);
    check(fake.sent_count == 0, "%s: not more than once a second", ip());
    pass(2 * SECOND);
    claim(liar_mac);
    answer(liar_mac);
    clear_sent();
    send_to(&path);
    check(is_packet_to(0, liar_mac), "%s: who answers the question has the address", ip());
    clear_sent();
    pass(2 * SECOND);
    claim(liar_mac);
    check(fake.sent_count == 0, "%s: a claim that agrees asks nothing", ip());
    stop();
}

static void test_many(void)
{
    struct bp_ip_path path = begin(), other;
    char text[64];
    u32 found = 0;

    send_to(&path);
    answer(peer_mac);
    fake.room = 0; /* what leaves is of no interest */
    for (u32 i = 0; i < BP_NET_NEIGHBOURS + 500; i++) {
        snprintf(text, sizeof(text), v6 ? "fd00::1:%x" : "10.0.0.%u", v6 ? i : 3 + i % 250);
        other = path_to(text);
        send_to(&other);
        if (i % 100 == 0)
            send_to(&path);
    }
    for (u32 i = 0; i < BP_NET_NEIGHBOURS; i++)
        found += net.neighbours.entries[i].state != BP_NEIGHBOUR_FREE;
    check(found <= BP_NET_NEIGHBOURS && path.neighbour->state == BP_NEIGHBOUR_REACHABLE,
          "%s: the table is bounded, and keeps what is in use", ip());
    fake.room = 1 << 30;
    if (v6) {
        other = path_to("fd00::1:0");
        send_to(&other);
        check(other.neighbour->state == BP_NEIGHBOUR_INCOMPLETE && other.neighbour->queued == 1,
              "what was given up is found anew");
        struct bp_ip_path kept = other;
        for (u32 i = 0; i < 2 * BP_NET_NEIGHBOURS; i++) {
            snprintf(text, sizeof(text), "fd00::2:%x", i);
            other = path_to(text);
            send_to(&other);
        }
        send_to(&kept);
        check(bp_ip_equal(&kept.neighbour->addr, &kept.next_hop),
              "a path never uses an entry that has become another's");
    }
    stop();
}

static void arp(const u8 to[6], const char *hex)
{
    struct bytes frame = {};

    put_ether(&frame, to, peer_mac, BP_ETHER_ARP);
    put_hex(&frame, hex);
    receive(&frame);
}

static void test_arp_questions(void)
{
    static const u8 all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

    v6 = false;
    begin();
    arp(all, "0001 0800 0604 0001 020000000002 0a000002 000000000000 0a000001");
    check(fake.sent_count == 1 && memcmp(sent_ether(0)->destination, peer_mac, 6) == 0 &&
              memcmp(sent(0) + 14, "\0\1\x08\0\6\4\0\2\2\0\0\0\0\1\x0a\0\0\1\2\0\0\0\0\2\x0a\0\0\2",
                     28) == 0,
          "ARP: who asks for us is answered");
    arp(all, "0001 0800 0604 0001 020000000002 00000000 000000000000 0a000001");
    check(fake.sent_count == 2, "ARP: who probes for our address too (RFC 5227)");
    arp(all, "0001 0800 0604 0001 020000000002 0a000002 000000000000 0a000003");
    check(fake.sent_count == 2, "ARP: who asks for others is not");
    struct bp_ip_addr two = addr("10.0.0.2");
    check(bp_neighbour_find(&net, 0, &two) == NULL, "ARP: and nobody is remembered for asking");

    clear_sent();
    arp(all, "0001 0800 0604 0001 020000000002 0a000001 000000000000 0a000001");
    check(fake.sent_count == 1 && memcmp(sent(0) + 28, "\x0a\0\0\1", 4) == 0 &&
              memcmp(sent(0) + 38, "\x0a\0\0\1", 4) == 0 && net.conflicts == 1,
          "ARP: our address is defended");
    arp(all, "0001 0800 0604 0002 020000000002 0a000001 000000000000 0a000001");
    check(fake.sent_count == 1 && net.conflicts == 2, "ARP: but not at any rate");
    pass(11 * SECOND);
    arp(all, "0001 0800 0604 0002 020000000002 0a000001 000000000000 0a000001");
    check(fake.sent_count == 2, "ARP: again after ten seconds");

    static const char *const malformed[] = {
        "0001 0800 0604 0001 020000000002 0a000002 000000000000 0a0000",
        "0006 0800 0604 0001 020000000002 0a000002 000000000000 0a000001",
        "0001 86dd 0604 0001 020000000002 0a000002 000000000000 0a000001",
        "0001 0800 0504 0001 020000000002 0a000002 000000000000 0a000001",
        "0001 0800 0610 0001 020000000002 0a000002 000000000000 0a000001",
        "0001 0800 0604 0003 020000000002 0a000002 000000000000 0a000001",
        "0001 0800 0604 0001 030000000002 0a000002 000000000000 0a000001",
    };
    for (u32 i = 0; i < ARRAY_SIZE(malformed); i++) {
        arp(own_mac, malformed[i]);
        check_drop(BP_DROP_ARP_MALFORMED, malformed[i]);
    }
    stop();
}

/* A neighbour discovery message with a right checksum. */
static void nd(struct ip_fields fields, const char *hex)
{
    struct bytes message = {};

    if (!fields.source)
        fields.source = "fd00::2";
    if (!fields.destination)
        fields.destination = "fd00::1";
    if (!fields.ttl)
        fields.ttl = 255;
    fields.protocol = BP_IP_ICMPV6;
    put_hex(&message, hex);
    fill_checksum(&message, 2, BP_IP_ICMPV6, fields.source, fields.destination);
    receive_ipv6(fields, message.at, message.len);
}

#define TARGET "fd000000000000000000000000000001"
#define OTHER "fd000000000000000000000000000002"
#define GROUP "ff020000000000000000000000000001"
#define SOLICIT "87000000 00000000 "
#define ADVERT "88000000 60000000 "
#define TO_ALL "88000000 20000000 "
#define OWN_MAC " 0201 020000000001"
#define SOURCE_MAC " 0101 020000000002"

static void test_nd_questions(void)
{
    static const char group[] = "ff02::1:ff00:1";

    v6 = true;
    begin();
    nd((struct ip_fields){.destination = group}, SOLICIT TARGET SOURCE_MAC);
    const u8 *advert = sent(0) + 54;
    check(fake.sent_count == 1 && memcmp(sent_ether(0)->destination, peer_mac, 6) == 0 &&
              advert[0] == 136 && advert[4] == 0x60 && advert[8] == 0xfd && advert[23] == 1 &&
              memcmp(advert + 24, "\x02\x01\x02\0\0\0\0\1", 8) == 0,
          "ND: who asks for us is answered");
    u64 sum = bp_sum_bytes(0, sent(0) + 22, 32) + htonl(32) + htonl(58);
    check(bp_sum_fold(bp_sum_bytes(sum, advert, 32)) == 0xffff && sent_ipv6(0)->hop_limit == 255,
          "ND: with a right checksum, from next door");
    nd((struct ip_fields){}, SOLICIT TARGET);
    check(fake.sent_count == 2 && memcmp(sent_ether(1)->destination, peer_mac, 6) == 0,
          "ND: a question without an address is answered to its frame's");
    nd((struct ip_fields){.destination = group, .source = "::"}, SOLICIT TARGET);
    check(fake.sent_count == 3 && memcmp(sent_ether(2)->destination, "\x33\x33\0\0\0\1", 6) == 0 &&
              sent(2)[54 + 4] == 0x20,
          "ND: a station that tries our address hears that it is taken");
    nd((struct ip_fields){.destination = "ff02::1"}, SOLICIT OTHER);
    check(fake.sent_count == 3, "ND: who asks for others is not");
    nd((struct ip_fields){}, ADVERT TARGET);
    check(net.conflicts == 1, "ND: an advertisement of our address is a conflict");
    nd((struct ip_fields){.source = "fd00::1", .destination = "ff02::1"}, TO_ALL TARGET);
    check(net.conflicts == 2, "ND: and so is the answer to our question, which comes from it");
    nd((struct ip_fields){.source = "fd00::1", .destination = "ff02::1"}, TO_ALL TARGET OWN_MAC);
    check(net.conflicts == 2, "ND: our own announcement that comes back is none");
    nd((struct ip_fields){.source = "fd00::1", .destination = group}, SOLICIT TARGET);
    check_drop(BP_DROP_IP_SOURCE, "a question as from us");
    nd((struct ip_fields){.source = "fd00::1"}, ADVERT TARGET);
    check_drop(BP_DROP_IP_SOURCE, "an answer as from us to us alone");

    static const struct {
        struct ip_fields fields;
        const char *hex, *what;
    } malformed[] = {
        {{.ttl = 254}, SOLICIT TARGET SOURCE_MAC, "from behind a router"},
        {{}, "87000000 00000000 fd00", "cut short"},
        {{}, "87010000 00000000" TARGET, "an unknown code"},
        {{}, SOLICIT GROUP, "a group as target"},
        {{}, SOLICIT TARGET "0100 020000000002", "an option of length 0"},
        {{}, SOLICIT TARGET "0102 020000000002", "an option beyond the end"},
        {{}, SOLICIT TARGET "01", "half an option"},
        {{.source = "::", .destination = group}, SOLICIT TARGET SOURCE_MAC, "from :: with a MAC"},
        {{.source = "::"}, SOLICIT TARGET, "from :: to us alone"},
        {{.destination = "ff02::1"}, ADVERT OTHER, "an answer to everyone"},
    };
    for (u32 i = 0; i < ARRAY_SIZE(malformed); i++) {
        nd(malformed[i].fields, malformed[i].hex);
        check_drop(BP_DROP_ND_MALFORMED, malformed[i].what);
    }
    nd((struct ip_fields){.source = "::", .destination = "ff02::1"}, ADVERT OTHER);
    check_drop(BP_DROP_IP_SOURCE, "an advertisement from ::");
    clear_sent();
    nd((struct ip_fields){.destination = "ff02::1"}, "86000000 40000708 00000000 00000000");
    check_drop(BP_DROP_ICMP_IGNORED, "router advertisements are of no use");
    stop();
}

/* Without the override flag an answer is not to replace what is known (RFC 4861, 7.2.5). */
static void test_nd_override(void)
{
    v6 = true;
    struct bp_ip_path path = begin();
    send_to(&path);
    answer_nd(peer, peer_mac, 0x40000000);
    pass(50 * SECOND);
    send_to(&path);
    pass(6 * SECOND);
    answer_nd(peer, liar_mac, 0x40000000);
    clear_sent();
    send_to(&path);
    check(is_packet_to(0, peer_mac), "ND: an answer without override replaces nothing");
    stop();
}

static void test_announcements(void)
{
    default_device();
    default_config();
    memset(&net, 0, sizeof(net));
    bp_net_init(&net, &config, now);
    bool arp_probed = false, arp_told = false, nd_told = false, link_local_told = false,
         probed = false;
    for (u32 i = 0; i < fake.sent_count; i++) {
        bool arp = memcmp(sent(i) + 12, "\x08\x06", 2) == 0;

        arp_probed |= arp && memcmp(sent(i) + 28, "\0\0\0\0", 4) == 0 &&
                      memcmp(sent(i) + 38, "\x0a\0\0\1", 4) == 0;
        arp_told |= arp && sent(i)[31] == 1;
        nd_told |= sent(i)[54] == 136 && sent(i)[62] == 0xfd;
        link_local_told |= sent(i)[54] == 136 && sent(i)[62] == 0xfe;
        probed |= sent(i)[54] == 135 && sent(i)[62] == 0xfd && fake.sent[i].len == 54 + 24 &&
                  sent_ipv6(i)->source[0] == 0 && sent_ipv6(i)->destination[15] == 1;
    }
    check(arp_probed, "own IPv4 addresses are probed");
    check(probed, "own IPv6 addresses are probed");
    check(arp_told && nd_told && link_local_told, "all own addresses are announced");
    stop();
}

int main(void)
{
    for (int version = 0; version < 2; version++) {
        v6 = version;
        test_resolution();
        test_failure();
        test_confirmation();
        test_lies();
        test_many();
    }
    test_arp_questions();
    test_nd_questions();
    test_nd_override();
    test_announcements();
    return failures != 0;
}
