// sources: runtime-c/net/*.c runtime-c/nic/packet.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/* Multicast groups: what IGMP and MLD tell routers, and when. */
#include "net_harness.h"

#include "net/ether.h"

static bool v6;

static const char *ip(void)
{
    return v6 ? "MLD" : "IGMP";
}

static struct bp_ip_addr group_addr(void)
{
    return addr(v6 ? "ff05::99" : "239.0.0.5");
}

/* The message sent i-th, behind its headers; NULL unless everything about it is as it should be. */
static const u8 *report(u32 i, const char *destination)
{
    struct bp_ip_addr to = addr(destination);
    u32 at = v6 ? 14 + 40 + 8 : 14 + 24, len = fake.sent[i].len - at;
    u8 mac[6];
    u64 sum = 0;

    if (i >= fake.sent_count)
        return NULL;
    bp_ether_group(mac, &to);
    if (memcmp(sent_ether(i)->destination, mac, 6) != 0)
        return NULL;
    if (v6) {
        const struct bp_ipv6_header *header = sent_ipv6(i);

        sum = bp_sum_bytes(0, header->source, 32) + htonl(len) + htonl(58);
        if (memcmp(header->destination, to.bytes, 16) != 0 || header->hop_limit != 1 ||
            header->next_header != 0 || header->source[0] != 0xfe ||
            memcmp(header + 1, "\x3a\0\5\2\0\0\1\0", 8) != 0)
            return NULL;
    } else {
        const struct bp_ipv4_header *header = sent_ipv4(i);

        if (header->destination != to.words[3] || header->ttl != 1 || header->version_ihl != 0x46 ||
            bp_checksum(header, 24) != 0 || memcmp(header + 1, "\x94\4\0\0", 4) != 0)
            return NULL;
    }
    return bp_sum_fold(bp_sum_bytes(sum, sent(i) + at, len)) == 0xffff ? sent(i) + at : NULL;
}

/* A report of the present versions with one record of this type for the group. */
static bool is_report(u32 i, u8 type)
{
    const u8 *message = report(i, v6 ? "ff02::16" : "224.0.0.22");
    struct bp_ip_addr group = group_addr();

    return message && message[0] == (v6 ? 143 : 0x22) && memcmp(message + 6, "\0\1", 2) == 0 &&
           message[8] == type &&
           memcmp(message + 12, v6 ? group.bytes : group.bytes + 12, v6 ? 16 : 4) == 0;
}

/* A message of IGMPv2 or MLDv1. */
static bool is_old(u32 i, u8 type, const char *destination)
{
    const u8 *message = report(i, destination);
    struct bp_ip_addr group = group_addr();

    return message && message[0] == type &&
           memcmp(message + (v6 ? 8 : 4), v6 ? group.bytes : group.bytes + 12, v6 ? 16 : 4) == 0;
}

/* A query for all groups or one, of the present version or the old one, with ten seconds' time. */
static void query_with(bool one, bool old, u8 ttl, const char *source)
{
    struct bp_ip_addr group = group_addr();
    struct bytes message = {};
    struct ip_fields fields = {.source = source,
                               .destination = v6 ? "ff02::1" : "224.0.0.1",
                               .protocol = v6 ? BP_IP_ICMPV6 : BP_IP_IGMP,
                               .ttl = ttl};

    put_hex(&message, v6 ? "82 00 0000 2710 0000" : "11 64 0000");
    if (one)
        put(&message, v6 ? group.bytes : group.bytes + 12, v6 ? 16 : 4);
    else
        put_zeros(&message, v6 ? 16 : 4);
    if (!old)
        put_hex(&message, "00 7d 0000");
    fill_checksum(&message, 2, fields.protocol, source, fields.destination);
    if (v6)
        receive_ipv6(fields, message.at, message.len);
    else
        receive_ipv4(fields, message.at, message.len);
}

static void query(bool one, bool old)
{
    query_with(one, old, 1, v6 ? "fe80::2" : "10.0.0.2");
}

/* Reports of the group, of a type, among all since clear_sent: a v6 host has other groups too. */
static u32 count_reports(u8 type)
{
    u32 count = 0;

    for (u32 i = 0; i < fake.sent_count; i++)
        count += is_report(i, type);
    return count;
}

static u32 count_old(u8 type, const char *destination)
{
    u32 count = 0;

    for (u32 i = 0; i < fake.sent_count; i++)
        count += is_old(i, type, destination);
    return count;
}

static void test_membership(void)
{
    struct bp_ip_addr group = group_addr();

    start();
    check(!bp_group_is_member(&net, 0, &group), "%s: a group is not ours", ip());
    check(bp_group_join(&net, 0, &group) == 0 && bp_group_is_member(&net, 0, &group) &&
              fake.sent_count == 1 && is_report(0, 4),
          "%s: until we join, and say so", ip());
    pass(2 * SECOND);
    check(fake.sent_count == 2 && is_report(1, 4), "%s: twice", ip());
    check(bp_group_join(&net, 0, &group) == 0 && fake.sent_count == 2,
          "%s: joining again says nothing", ip());
    check(bp_group_leave(&net, 0, &group) == 0 && bp_group_is_member(&net, 0, &group) &&
              fake.sent_count == 2,
          "%s: nor does leaving, while another stays", ip());
    check(bp_group_leave(&net, 0, &group) == 0 && !bp_group_is_member(&net, 0, &group) &&
              fake.sent_count == 3 && is_report(2, 3),
          "%s: the last to leave does", ip());
    check(bp_group_leave(&net, 0, &group) == -EADDRNOTAVAIL, "%s: nobody leaves who is not there",
          ip());
    pass(10 * SECOND);
    check(fake.sent_count == 3, "%s: then there is silence", ip());
    stop();
}

static void test_queries(void)
{
    struct bp_ip_addr group = group_addr();

    start();
    bp_group_join(&net, 0, &group);
    pass(2 * SECOND);
    clear_sent();
    query(false, false);
    check(fake.sent_count == 0, "%s: a query is answered after a while", ip());
    pass(10 * SECOND);
    check(count_reports(2) == 1, "%s: once", ip());
    clear_sent();
    query(true, false);
    query(true, false);
    pass(10 * SECOND);
    check(count_reports(2) == 1 && fake.sent_count == 1, "%s: so are queries for one group", ip());
    clear_sent();
    query(false, true);
    pass(10 * SECOND);
    const char *name = v6 ? "ff05::99" : "239.0.0.5";
    u8 type = v6 ? 131 : 0x16;
    check(count_old(type, name) == 1 && count_reports(2) == 0,
          "%s: an old router is answered in its words", ip());
    clear_sent();
    bp_group_leave(&net, 0, &group);
    check(count_old(v6 ? 132 : 0x17, v6 ? "ff02::2" : "224.0.0.2") == 1, "%s: and hears of leaving",
          ip());
    clear_sent();
    pass(260 * SECOND);
    bp_group_join(&net, 0, &group);
    check(count_reports(4) == 1, "%s: when it has long been silent it is forgotten", ip());
    stop();
}

static void test_refused(void)
{
    struct bp_ip_addr group = group_addr(), host = addr(v6 ? "fd00::7" : "10.0.0.7");
    struct bp_ip_addr all = addr(v6 ? "ff02::1" : "224.0.0.1"), many;
    char text[64];
    int error = 0;

    start();
    check(bp_group_join(&net, 0, &host) == -EINVAL, "%s: a host is no group", ip());
    check(bp_group_join(&net, 1, &group) == -EINVAL, "%s: no such interface", ip());
    check(bp_group_join(&net, 0, &all) == 0 && bp_group_leave(&net, 0, &all) == 0 &&
              fake.sent_count == 0 && bp_group_is_member(&net, 0, &all),
          "%s: all hosts are members without a word", ip());
    for (u32 i = 0; i <= BP_NET_GROUPS && !error; i++) {
        snprintf(text, sizeof(text), v6 ? "ff05::%x" : "239.0.1.%u", i + 1);
        many = addr(text);
        error = bp_group_join(&net, 0, &many);
    }
    check(error == -ENOBUFS, "%s: there is an end of groups", ip());
    stop();

    start();
    query_with(false, false, 2, v6 ? "fe80::2" : "10.0.0.2");
    check_drop(BP_DROP_GROUP_MALFORMED, "a query from behind a router");
    if (v6) {
        query_with(false, false, 1, "fd00::2");
        check_drop(BP_DROP_GROUP_MALFORMED, "a query not from a link-local address");
    } else {
        receive_ipv4((struct ip_fields){.protocol = BP_IP_IGMP, .ttl = 1}, "\x11\0\0\0\0\0\0\0", 8);
        check_drop(BP_DROP_GROUP_MALFORMED, "a wrong checksum");
        receive_ipv4((struct ip_fields){.protocol = BP_IP_IGMP, .ttl = 1}, "\x11\0\xee\xff\0\0", 6);
        check_drop(BP_DROP_GROUP_MALFORMED, "six bytes");
    }
    default_config();
    config.address_count = 0;
    config.route_count = 0;
    stop();
    start_config();
    check(bp_group_join(&net, 0, &group) == -EINVAL, "%s: without an address there are no groups",
          ip());
    stop();
}

int main(void)
{
    for (int version = 0; version < 2; version++) {
        v6 = version;
        test_membership();
        test_queries();
        test_refused();
    }
    return failures != 0;
}
