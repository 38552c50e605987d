// sources: runtime-c/net/*.c runtime-c/nic/packet.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/* What a look at a frame tells, before any worker's stack has it. */
#include "net_harness.h"

#include "net/frame_flow.h"

/* At the very end of its buffer, so that reading beyond is seen. */
static struct bp_packet *packet_of(const struct bytes *frame, u32 len)
{
    struct bp_packet *packet = new_packet();

    packet->offset = (u16)(BUFFER - len);
    memcpy(bp_packet_data(packet), frame->at, len);
    packet->len = (u16)len;
    packet->total = len;
    return packet;
}

static bool concerns_all(const struct bytes *frame, u32 len)
{
    struct bp_packet *packet = packet_of(frame, len);
    bool all = bp_net_concerns_all(packet);

    free_packet(packet);
    return all;
}

static bool flow_of(const struct bytes *frame, u32 len, struct bp_frame_flow *flow)
{
    struct bp_packet *packet = packet_of(frame, len);
    bool found = bp_frame_flow(packet, flow);

    free_packet(packet);
    return found;
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

/* The flow that a frame belongs to: the bytes that are hashed, in hexadecimal; NULL: none. */
static void test_flows(void)
{
#define ADDRESSES4 "0a000002 0a000001"
#define ADDRESSES6 "fd000000000000000000000000000002 fd000000000000000000000000000001"
    static const struct {
        const char *hex, *what, *input;
        bool plain;
    } cases[] = {
        {TO_US "0800" V4, "a datagram", ADDRESSES4 "00351388", true},
        {TO_US "8100 0007 0800" V4, "a datagram on a VLAN", ADDRESSES4 "00351388", true},
        {TO_ALL "0800" V4, "a datagram for everyone", NULL, false},
        {TO_US "0800 46000020 00000000 4006 0000" ADDRESSES4 "01010101 00501388", "behind options",
         ADDRESSES4 "00501388", true},
        {TO_US "0800 45000020 00002000 4006 0000" ADDRESSES4 "00501388", "a first fragment",
         ADDRESSES4, false},
        {TO_US "0800 45000020 00000008 4001 0000" ADDRESSES4, "a later fragment", ADDRESSES4,
         false},
        {TO_US "0800" V4_ICMP "0800 0000 00000000", "an echo", NULL, false},
        {TO_US "0800 45000020 00000000 4006 0000" ADDRESSES4 "0050", "ports cut off", NULL, false},
        {TO_US "86dd" V6("11") "0035 1388 0008 0000", "a datagram over IPv6", ADDRESSES6 "00351388",
         true},
        {TO_US "86dd" V6("2c") "06000000 00000001", "a fragment over IPv6", ADDRESSES6, false},
        {TO_US "86dd" V6("00") "2c000000 00000000 06000000 00000001", "behind hop-by-hop options",
         ADDRESSES6, false},
        {TO_US "86dd" V6("3c") "06010000 00000000 00000000 00000000 00501388",
         "behind destination options", ADDRESSES6 "00501388", false},
        {TO_US "86dd" V6("3c") "3c000000 00000000 3c000000 00000000 3c000000 00000000"
                               "3c000000 00000000 3c000000 00000000 3c000000 00000000"
                               "3c000000 00000000 3c000000 00000000 06000000 00000000 00501388",
         "too many headers", NULL, false},
        {TO_US "86dd" V6("3a") "8000 0000 00000000", "an echo over IPv6", NULL, false},
        {TO_US "0806 0001 0800 0604 0001", "an ARP request", NULL, false},
    };

    for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
        struct bytes frame = {}, input = {};
        struct bp_frame_flow flow;

        put_hex(&frame, cases[i].hex);
        if (cases[i].input)
            put_hex(&input, cases[i].input);
        check(flow_of(&frame, frame.len, &flow) == !!cases[i].input, "%s", cases[i].what);
        if (cases[i].input)
            check(flow.bytes == input.len && memcmp(flow.input, input.at, input.len) == 0 &&
                      flow.plain == cases[i].plain,
                  "%s: what is hashed", cases[i].what);
        for (u32 len = 0; len < frame.len; len++)
            flow_of(&frame, len, &flow);
    }
    check(fake.live == 0, "frames cut anywhere are looked at without harm");
}

int main(void)
{
    test_frames();
    test_flows();
    return failures != 0;
}
