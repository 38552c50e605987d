// sources: runtime-c/net/*.c runtime-c/nic/packet.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/* What stacks of several workers on one NIC pass to each other. */
#include "net_harness.h"

#include "net/udp.h"

static bool concerns_all(const struct bytes *frame, u32 len)
{
    struct bp_packet *packet = new_packet();

    /* At the very end of its buffer, so that reading beyond is seen. */
    packet->data = packet->buffer + BUFFER - len;
    memcpy(packet->data, frame->at, len);
    packet->len = (u16)len;
    packet->total = len;
    bool all = bp_net_concerns_all(packet);
    free_packet(packet);
    return all;
}

#define TO_US "020000000001 020000000002 "
#define TO_ALL "ffffffffffff 020000000002 "
#define TO_GROUP "333300000001 020000000002 "
#define V4 "4500002000000000 4011 0000 0a000002 0a000001 0035 1388 000c 0000 01020304"
#define V4_ICMP "4500001c00000000 4001 0000 0a000002 0a000001 "
#define V4_ICMP_OPTIONS "4600002000000000 4001 0000 0a000002 0a000001 94040000 "
#define V6(next) \
    "60000000 0008 " next " 40 fd000000000000000000000000000002 fd000000000000000000000000000001 "

static void test_frames(void)
{
    static const struct {
        const char *hex, *what;
        bool all;
    } cases[] = {
        {TO_US "0806 0001 0800 0604 0002", "an ARP reply", true},
        {TO_ALL "0806 0001 0800 0604 0001", "an ARP request", false},
        {TO_US "8100 0007 0806 0001 0800 0604 0002", "an ARP reply on a VLAN", true},
        {TO_US "0800" V4, "a datagram", false},
        {TO_ALL "0800" V4, "a datagram for everyone", true},
        {TO_US "0800" V4_ICMP "0300 0000 00000000", "unreachable", true},
        {TO_US "0800" V4_ICMP "0b00 0000 00000000", "time exceeded", true},
        {TO_US "0800" V4_ICMP "0c00 0000 00000000", "parameter problem", true},
        {TO_US "0800" V4_ICMP_OPTIONS "0300 0000 00000000", "unreachable behind options", true},
        {TO_US "0800" V4_ICMP "0800 0000 00000000", "an echo", false},
        {TO_ALL "0800" V4_ICMP "0800 0000 00000000", "an echo for everyone", false},
        {TO_US "86dd" V6("11") "0035 1388 0008 0000", "a datagram over IPv6", false},
        {TO_GROUP "86dd" V6("11") "0035 1388 0008 0000", "a datagram to a group", true},
        {TO_GROUP "86dd" V6("00") "3a00 0502 0000 0100", "an MLD query", true},
        {TO_US "86dd" V6("3a") "0200 0000 00000514", "packet too big", true},
        {TO_US "86dd" V6("3a") "8800 0000 60000000", "an advertisement", true},
        {TO_GROUP "86dd" V6("3a") "8700 0000 00000000", "a solicitation", false},
        {TO_US "86dd" V6("3a") "8000 0000 00000000", "an echo over IPv6", false},
        {TO_US "88cc 0207", "another protocol", false},
    };

    for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
        struct bytes frame = {};

        put_hex(&frame, cases[i].hex);
        check(concerns_all(&frame, frame.len) == cases[i].all, "%s is for %s", cases[i].what,
              cases[i].all ? "all" : "one");
        for (u32 len = 0; len < frame.len; len++)
            concerns_all(&frame, len);
    }
    check(fake.live == 0, "frames cut anywhere are looked at without harm");
}

static u32 offered, received;
static bool take;
static struct bp_packet *taken;
static struct bp_ip_info taken_info;

static bool elsewhere(struct bp_net *from, struct bp_packet *packet, const struct bp_ip_info *info)
{
    (void)from;
    offered++;
    if (!take)
        return false;
    taken = packet;
    taken_info = *info;
    return true;
}

static void on_receive(struct bp_udp_endpoint *endpoint, const struct bp_packet *payload,
                       const struct bp_udp_source *source)
{
    (void)endpoint;
    received += payload->total == 4 && source->port == 53;
}

static void on_error(struct bp_udp_endpoint *endpoint, const struct bp_ip_error *error)
{
    (void)endpoint;
    (void)error;
}

static const struct bp_udp_handlers handlers = {on_receive, on_error};

static void datagram(u8 flags)
{
    struct bytes message = {};

    put_hex(&message, "0035 1388 000c 0000 01020304");
    fill_checksum(&message, 6, BP_IP_UDP, "10.0.0.2", "10.0.0.1");
    message.at[6] ^= flags;
    receive_ipv4((struct ip_fields){.protocol = BP_IP_UDP}, message.at, message.len);
}

static void test_elsewhere(void)
{
    static struct bp_udp udp;
    struct bp_udp_endpoint endpoint = {.handlers = &handlers,
                                       .local = BP_IP_ANY4,
                                       .local_port = 5000,
                                       .interface = BP_NET_ANY_INTERFACE};

    default_device();
    default_config();
    config.elsewhere = elsewhere;
    start_config();
    bp_udp_init(&net, &udp);
    datagram(0);
    check(offered == 1 && drops(BP_DROP_UDP_PORT) == 1,
          "what nobody takes here or elsewhere is refused");
    take = true;
    datagram(0);
    check(offered == 2 && drops(BP_DROP_UDP_PORT) == 0, "what another worker takes is not");
    datagram(1);
    check(offered == 2 && drops(BP_DROP_UDP_CHECKSUM) == 1, "what is broken is offered to nobody");

    /* The other worker's stack, which is the same here. */
    bp_udp_bind(&net, &endpoint);
    bp_ip_input_passed_on(&net, taken, &taken_info, now);
    check(received == 1, "the other worker's endpoint gets it");
    datagram(0);
    check(received == 2 && offered == 2, "what is taken here is not offered");
    bp_udp_unbind(&endpoint);
    datagram(0);
    bp_ip_input_passed_on(&net, taken, &taken_info, now);
    check(offered == 3 && drops(BP_DROP_UDP_PORT) == 1, "nothing is passed on twice");
    datagram(0);
    taken_info.protocol = 99;
    bp_ip_input_passed_on(&net, taken, &taken_info, now);
    check(drops(BP_DROP_IP_PROTOCOL) == 1, "nor to a protocol that is not there");
    stop();
}

int main(void)
{
    test_frames();
    test_elsewhere();
    return failures != 0;
}
