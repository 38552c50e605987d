// sources: runtime-c/net/*.c runtime-c/nic/packet.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/* Ethernet frames, VLANs, and the Internet checksum against its definition. */
#include "net_harness.h"

#include "net/ether.h"

/* RFC 1071 by the letter: 16-bit big-endian words, carries added at once. */
static u16 checksum_by_definition(const u8 *bytes, u32 len)
{
    u32 sum = 0;

    for (u32 i = 0; i < len; i++) {
        sum += i % 2 ? bytes[i] : (u32)bytes[i] << 8;
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return bp_be16((u16)~sum);
}

static void test_checksum(void)
{
    static u8 bytes[2000];
    bool right = true, updates = true, updates32 = true;

    for (int round = 0; round < 3000; round++) {
        u32 len = (u32)rand() % 1500, from = (u32)rand() % 8, at = (u32)rand() % (len / 4 + 1) * 4;
        be16 old, new, sum, word = (be16)rand();
        be32 wide = (be32)rand(), was;

        for (u32 i = 0; i < len + 8; i++)
            bytes[i] = round % 3 ? (u8)rand() : 0xff;
        sum = bp_checksum(bytes + from, len);
        right &= sum == checksum_by_definition(bytes + from, len);
        if (at + 4 > len)
            continue;
        memcpy(&old, bytes + from + at, 2);
        memcpy(bytes + from + at, &word, 2);
        new = bp_checksum(bytes + from, len);
        updates &= bp_checksum_update(sum, old, word) == new;
        memcpy(&was, bytes + from + at, 4);
        memcpy(bytes + from + at, &wide, 4);
        updates32 &= bp_checksum_update32(new, was, wide) == bp_checksum(bytes + from, len);
    }
    check(right, "sums of any length and alignment are RFC 1071's");
    check(updates, "a changed word updates the sum (RFC 1624)");
    check(updates32, "so do 32 bits");
}

static void test_checksum_of_pieces(void)
{
    bool right = true;

    for (int round = 0; round < 500; round++) {
        static u8 bytes[4][300];
        struct bp_packet pieces[4] = {};
        struct bytes all = {};

        for (int i = 0; i < 4; i++) {
            pieces[i].len = (u16)(rand() % 300);
            for (u32 j = 0; j < pieces[i].len; j++)
                bytes[i][j] = (u8)rand();
            pieces[i].buffer = bytes[i];
            pieces[i].next = i < 3 ? &pieces[i + 1] : NULL;
            put(&all, bytes[i], pieces[i].len);
        }
        u16 sum = (u16)~checksum_by_definition(all.at, all.len);
        right &= bp_sum_fold(bp_sum_packet(0, pieces)) == sum;
    }
    check(right, "pieces of odd lengths sum as their bytes in a row");
}

static void receive_frame(const u8 to[6], const u8 from[6], const char *rest)
{
    struct bytes frame = {};

    put(&frame, to, 6);
    put(&frame, from, 6);
    put_hex(&frame, rest);
    receive(&frame);
}

static void test_frames_dropped(void)
{
    struct bytes shorter = {};

    start();
    put_hex(&shorter, "020000000001 020000000002 08");
    receive(&shorter);
    check_drop(BP_DROP_ETHER_SHORT, "13 bytes are no frame");
    receive_frame((u8[]){2, 9, 9, 9, 9, 9}, peer_mac, "0800 4500");
    check_drop(BP_DROP_ETHER_ADDRESS, "frames for others");
    receive_frame(own_mac, (u8[]){3, 0, 0, 0, 0, 2}, "0800 4500");
    check_drop(BP_DROP_ETHER_SOURCE, "frames from a group");
    receive_frame(own_mac, peer_mac, "86dc 4500");
    check_drop(BP_DROP_ETHER_TYPE, "types that we do not speak");
    receive_frame(own_mac, peer_mac, "8100 0007 0800 4500");
    check_drop(BP_DROP_VLAN, "VLANs without an interface");
    receive_frame(own_mac, peer_mac, "8100 00");
    check_drop(BP_DROP_ETHER_TYPE, "a tag cut short");
    receive_frame(own_mac, peer_mac, "8100 a000 0800 45");
    check_drop(BP_DROP_IP_SHORT, "VLAN 0 is priority only: untagged");
    stop();
}

static void test_vlan(void)
{
    static const char request[] = "0800 060400 01 020000000002 0a000102 000000000000 0a000101";
    struct bytes frame = {};

    default_device();
    default_config();
    config.interfaces[1].device = &fake.device;
    config.interfaces[1].vlan = 7;
    config.interface_count = 2;
    config.addresses[2] = (struct bp_net_address){prefix("10.0.1.1", 24), 1};
    config.address_count = 3;
    check(start_config(), "a VLAN is an interface of its own");
    put(&frame, own_mac, 6);
    put(&frame, peer_mac, 6);
    put_hex(&frame, "8100 2007 0806 0001");
    put_hex(&frame, request);
    receive(&frame);
    check(fake.sent_count == 1 && fake.sent[0].l2_len == 18 &&
              memcmp(sent(0) + 12, "\x81\x00\x00\x07\x08\x06", 6) == 0,
          "answers on a VLAN carry its tag");
    stop();
}

static void test_pieces_joined(void)
{
    struct bp_ip_path path;

    for (int chain = 0; chain < 2; chain++) {
        start();
        fake.device.offloads = chain ? BP_DEVICE_TX_CHAIN : 0;
        path = path_to("10.0.0.2");
        struct bp_packet *packet = payload(100), *second = payload(101);
        packet->next = second;
        packet->total = 201;
        answer_arp("10.0.0.2", peer_mac);
        bp_ip_output(&net, packet, &path, 99, 0, 0);
        answer_arp("10.0.0.2", peer_mac);
        check(fake.sent_count == 2 && fake.sent[1].len == 14 + 20 + 201 &&
                  sent(1)[14 + 20 + 99] == (u8)(99 * 7) && sent(1)[14 + 20 + 100] == 0,
              "a packet of two pieces leaves whole, %s", chain ? "as a chain" : "as one piece");
        stop();
    }
}

static void test_device_full(void)
{
    struct bp_ip_path path;

    start();
    path = path_to("224.1.1.1");
    fake.room = 0;
    for (u32 i = 0; i < BP_TX_WAITING; i++)
        check(bp_ip_output(&net, payload(10 + i), &path, 99, 0, 0) == 0, "frame %u waits", i);
    check(net.tx_full == 1 && fake.device.traffic.tx_full == 1, "the device is full, once");
    check(bp_net_deadline(&net) <= now + 1000000, "and will be looked at soon");
    check(bp_ip_output(&net, payload(10), &path, 99, 0, 0) == -ENOBUFS, "too many are ENOBUFS");
    check_drop(BP_DROP_TX_FULL, "and counted");
    fake.room = 5;
    bp_net_poll(&net, now);
    check(fake.sent_count == 5 && net.tx_full == 1, "as many leave as there is room for");
    fake.room = 1 << 30;
    bp_ip_output(&net, payload(9), &path, 99, 0, 0);
    check(fake.sent_count == 5 + BP_TX_WAITING - 5 + 1 && !net.tx_full, "then all, and it is not");
    for (u32 i = 1; i < BP_TX_WAITING; i++)
        check(fake.sent[i].len == fake.sent[0].len + i, "frame %u leaves in its order", i);
    check(fake.sent[BP_TX_WAITING].len == fake.sent[0].len - 1, "the new one behind them");
    stop();
}

static void test_no_headroom(void)
{
    struct bp_ip_path path;

    start();
    path = path_to("224.1.1.1");
    struct bp_packet *cramped = payload(10);
    cramped->offset = 0;
    check(bp_ip_output(&net, cramped, &path, 99, 0, 0) == -ENOBUFS, "headers need their room");
    check_drop(BP_DROP_NO_HEADROOM, "and its lack is counted");
    stop();
}

/* Frames leave when the outermost hold ends, or the batch is full; what the device has no room for
 * is counted. */
static void test_held_frames_leave_together(void)
{
    struct bp_ip_path path;

    start();
    path = path_to("224.1.1.1");
    bp_net_hold(&net);
    bp_net_hold(&net);
    bp_ip_output(&net, payload(10), &path, 99, 0, 0);
    bp_ip_output(&net, payload(11), &path, 99, 0, 0);
    bp_net_release(&net);
    check(fake.sent_count == 0, "held frames wait for the outermost release");
    bp_net_release(&net);
    check(fake.sent_count == 2 && fake.sent[1].len == fake.sent[0].len + 1, "and leave in order");
    bp_net_hold(&net);
    for (int i = 0; i <= BP_TX_BATCH; i++)
        bp_ip_output(&net, payload(10), &path, 99, 0, 0);
    check(fake.sent_count == 2 + BP_TX_BATCH, "a full batch leaves at once");
    fake.room = 0;
    check(bp_ip_output(&net, payload(10), &path, 99, 0, 0) == 0, "a held frame is taken");
    bp_net_release(&net);
    check(!net.drops[BP_DROP_TX_FULL] && net.tx_full, "those that find the device full wait");
    stop();
    check(net.drops[BP_DROP_TX_FULL] == 2, "until the end");
}

/* Answers to a burst's questions leave in one burst, the bad frame among them without one. */
static void test_burst(void)
{
    enum {
        COUNT = 9,
        BAD = 4,
    };
    struct bp_packet *frames[COUNT];

    start();
    for (u32 i = 0; i < COUNT; i++) {
        struct bytes frame = {};

        put_ether(&frame, own_mac, peer_mac, i == BAD ? 0x1234 : BP_ETHER_ARP);
        put_hex(&frame, "0001 0800 0604 0001 020000000002 0a000002 000000000000 0a000001");
        frames[i] = new_packet();
        memcpy(bp_packet_append(frames[i], frame.len), frame.at, frame.len);
    }
    bp_net_input_burst(&net, &fake.device, frames, COUNT, now);
    check(fake.sent_count == COUNT - 1, "each question of a burst is answered: %u",
          fake.sent_count);
    check_drop(BP_DROP_ETHER_TYPE, "a bad frame is dropped alone");
    bp_net_input_burst(&net, &fake.device, frames, 0, now + 5);
    check(net.now == now + 5, "an empty burst tells the time");
    stop();
}

int main(void)
{
    srand(1);
    test_held_frames_leave_together();
    test_burst();
    test_checksum();
    test_checksum_of_pieces();
    test_frames_dropped();
    test_vlan();
    test_pieces_joined();
    test_device_full();
    test_no_headroom();
    return failures != 0;
}
