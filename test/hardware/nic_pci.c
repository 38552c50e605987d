// sources: runtime-c/base/*.c runtime-c/base/*.S runtime-c/nic/*.c
// drivers: net_e1000_em net_e1000_igb net_virtio net_vmxnet3
/*
 * Two NICs of one model on one wire, in a virtual machine: frames both ways, checksums and segments
 * by hardware, sleep until an interrupt. Arguments: model, 1 with interrupts or 0, the two PCI
 * addresses.
 */
#include "../runtime/nic_harness.h"

#include <netinet/in.h>

static struct bp_device *device(u32 index)
{
    return bp_nic_device(bp_nics_get(index), 0);
}

static void plan(u32 index, const char *pci, bool interrupts)
{
    struct bp_nic_config *config = nic(pci, NULL, BP_NIC_PCI);

    setup.nics[index].device = pci;
    config->interrupts = interrupts;
    config->link_wait_ms = 10000;
    config->offloads = BP_NIC_RX_IP_CHECKSUM | BP_NIC_RX_L4_CHECKSUM | BP_NIC_TX_IP_CHECKSUM |
                       BP_NIC_TX_L4_CHECKSUM | BP_NIC_TX_TSO | BP_NIC_TX_CHAIN;
}

/* Emulated wires lose what is sent before both ends are awake. */
static bool wakes(struct bp_device *from, struct bp_device *to)
{
    for (u32 i = 0; i < 500; i++) {
        struct bp_packet *packet = pattern(from, 60, 7), *got;

        send_frame(from, NULL, packet);
        poll(NULL, 0, 10);
        while (bp_nic_receive(to, &got, 1)) {
            bool ours = is_pattern(got, 60, 7);

            to->ops->free(to, got);
            if (ours)
                return true;
        }
    }
    return check(false, "the wire wakes");
}

static void drain(struct bp_device *to)
{
    struct bp_packet *got;

    for (u32 i = 0; i < 50; i++) {
        while (bp_nic_receive(to, &got, 1))
            to->ops->free(to, got);
        poll(NULL, 0, 1);
    }
}

static u32 sum(const u8 *data, u32 length, u32 start)
{
    for (u32 i = 0; i < length; i++)
        start += i & 1 ? data[i] : (u32)data[i] << 8;
    while (start >> 16)
        start = (start & 0xffff) + (start >> 16);
    return start;
}

/* A TCP segment of the given payload, for the hardware to finish. */
static struct bp_packet *segment(struct bp_device *from, const u8 *to, u16 payload, u16 mss)
{
    struct bp_packet *packet = from->ops->alloc(from);
    u8 *ip = packet->data + 14, *tcp = ip + 20;
    u16 length = (u16)(20 + payload), pseudo;

    memset(packet->data, 0, 54);
    memcpy(packet->data, to, 6);
    memcpy(packet->data + 6, from->mac, 6);
    packet->data[12] = 8;
    ip[0] = 0x45;
    ip[2] = (u8)((20 + length) >> 8);
    ip[3] = (u8)(20 + length);
    ip[8] = 64;
    ip[9] = IPPROTO_TCP;
    ip[12] = ip[16] = 10;
    ip[15] = 1;
    ip[19] = 2;
    tcp[1] = tcp[3] = 80;
    tcp[12] = 0x50;
    tcp[13] = 0x10;
    for (u32 i = 0; i < payload; i++)
        tcp[20 + i] = (u8)(i * 13);
    pseudo = (u16)sum(ip + 12, 8, 6 + (mss ? 0 : length));
    tcp[16] = (u8)(pseudo >> 8);
    tcp[17] = (u8)pseudo;
    packet->len = (u16)(34 + length);
    packet->total = packet->len;
    packet->l2_len = 14;
    packet->l3_len = packet->l4_len = 20;
    packet->mss = mss;
    packet->flags = (from->offloads & BP_DEVICE_TX_IP_CHECKSUM ? BP_PACKET_FILL_IP : 0) |
                    BP_PACKET_FILL_L4 | (mss ? BP_PACKET_SEGMENT : 0);
    return packet;
}

/* Bytes of TCP payload that arrive, as far as they are right. */
static u32 payload_of(const struct bp_packet *packet)
{
    const u8 *ip = packet->data + 14;
    u32 length = ((u32)ip[2] << 8 | ip[3]) - 20;
    bool good = packet->flags & BP_PACKET_L4_CHECKED ||
                sum(ip + 20, length, sum(ip + 12, 8, 6 + length)) == 0xffff;

    return packet->data[12] == 8 && ip[9] == IPPROTO_TCP && good ? length - 20 : 0;
}

static void hardware_finishes(struct bp_device *from, struct bp_device *to, u16 payload, u16 mss,
                              const char *what)
{
    struct bp_packet *got;
    u32 bytes = 0, frames = 0, checked = 0, fragments = 0;

    drain(to);
    check(send_frame(from, NULL, segment(from, to->mac, payload, mss)), "%s: sent", what);
    for (u32 i = 0; i < 2000 && bytes < payload && frames < 4; i++) {
        while (bp_nic_receive(to, &got, 1)) {
            bytes += payload_of(got);
            frames++;
            fragments += got->data[12] == 8 && (got->data[20] & 0x3f || got->data[21]);
            checked += !!(got->flags & BP_PACKET_L4_CHECKED);
            to->ops->free(to, got);
        }
        poll(NULL, 0, 1);
    }
    if (fragments) { /* QEMU before 8 cuts IP fragments where the driver asks for TCP segments */
        printf("ok %s # the emulator cannot\n", what);
        return;
    }
    check(bytes == payload, "%s: %u of %u bytes right, in %u frames, %u checked by hardware", what,
          bytes, payload, frames, checked);
}

/* The descriptor wakes a sleeper, once it was asked to; a driver that cannot says so. */
static void interrupt_wakes(struct bp_device *from, struct bp_device *to)
{
    struct pollfd fd = {.fd = bp_nic_wait_fd(to), .events = POLLIN};
    struct bp_packet *got;
    int ret;

    drain(to);
    ret = bp_nic_arm(to);
    if (fd.fd < 0) {
        check(ret == -ENOTSUP, "no descriptor: nobody may sleep");
        return;
    }
    check(!ret, "armed");
    while (bp_nic_receive(to, &got, 1))
        to->ops->free(to, got);
    send_frame(from, NULL, pattern(from, 60, 9));
    check(poll(&fd, 1, 5000) == 1, "an interrupt wakes the sleeper");
    bp_nic_disarm(to);
    got = next_frame(to);
    check(got && is_pattern(got, 60, 9), "and the frame is there");
    if (got)
        to->ops->free(to, got);
    check(!poll(&fd, 1, 0), "disarmed, the descriptor is quiet");
}

int main(int argc, char **argv)
{
    struct bp_nic_facts facts;

    if (argc != 5)
        return 2;
    plan(0, argv[3], argv[2][0] == '1');
    plan(1, argv[4], argv[2][0] == '1');
    /* The harness plans for machines without huge pages and PCI devices. */
    for (u32 i = 0; i < setup.arg_count; i++) {
        if (!strcmp(setup.args[i], "--no-pci") || !strcmp(setup.args[i], "--no-huge"))
            setup.args[i] = "--in-memory";
    }
    for (u32 i = 0; i < 2; i++) {
        argument("-a");
        argument(argv[3 + i]);
    }
    if (!open_nics())
        return 1;
    bp_nic_facts(bp_nics_get(0), &facts);
    printf("ok %s: driver %s, offloads %x, missing %x, wait fd %d, link %d\n", argv[1],
           facts.driver, facts.offloads, facts.missing, bp_nic_wait_fd(device(0)),
           bp_nic_link(bp_nics_get(0)).up);
    if (wakes(device(0), device(1)) && wakes(device(1), device(0))) {
        drain(device(0));
        drain(device(1));
        exchange(device(0), device(1), 50, argv[1]);
        exchange(device(1), device(0), 50, argv[1]);
        interrupt_wakes(device(0), device(1));
        interrupt_wakes(device(1), device(0));
        if (device(0)->offloads & BP_DEVICE_TX_L4_CHECKSUM)
            hardware_finishes(device(0), device(1), 777, 0, "checksum");
        if (device(0)->offloads & BP_DEVICE_TSO)
            hardware_finishes(device(0), device(1), 1900, 500, "segments");
    }
    bp_nics_close();
    printf("%s\n", failures ? "FAILED" : "PASSED");
    return failures != 0;
}
