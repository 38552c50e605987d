/* Packets in and out. An mbuf is a packet (nic/packet.h): what is done here is to say in full what
 * the hardware is to do. Nothing is done for each packet where no device of the config does more
 * than to send bytes. */
#include "nic/capture.h"
#include "nic/dpdk.h"

#include <netinet/in.h>

/* ---- in ---- */

u32 bp_nic_receive(struct bp_device *device, struct bp_packet **packets, u32 max)
{
    struct bp_nic_queue *queue = queue_of(device);
    struct rte_mbuf **mbufs = (struct rte_mbuf **)packets;
    u32 count;

    max = BP_MIN(max, (u32)BP_NIC_BURST);
    bp_nic_burst_begin(queue);
    if (unlikely(queue->tell_driver))
        count = bp_nic_tap_receive(queue, mbufs, max);
    else
        count = rte_eth_rx_burst(queue->port, device->queue, mbufs, (u16)max);
    bp_nic_burst_end(queue);
    if (unlikely(queue->capture))
        bp_capture_received(queue->capture, packets, count);
    return count;
}

struct bp_packet *bp_nic_alloc(struct bp_device *device)
{
    return (struct bp_packet *)rte_pktmbuf_alloc(queue_of(device)->pool);
}

/* The stack may have chained pieces of several mbufs, and unchained others: its chain counts. */
void bp_nic_free(struct bp_device *device, struct bp_packet *packet)
{
    (void)device;
    while (packet) {
        struct bp_packet *next = packet->next;

        rte_pktmbuf_free_seg(mbuf_of(packet));
        packet = next;
    }
}

/* ---- out ---- */

/* Says in full what the hardware is to do with a packet whose first piece holds all its headers;
 * also again, when the driver had no room. False when it makes no sense. */
static bool offload(const struct bp_packet *packet, struct rte_mbuf *mbuf)
{
    const u8 *ip = bp_packet_data(packet) + packet->l2_len;
    u64 asked = packet->flags, flags = packet->flags & BP_PACKET_DRIVER;
    bool tcp, six;

    if (packet->l2_len + packet->l3_len + packet->l4_len > packet->len || packet->l3_len < 20)
        return false;
    six = ip[0] >> 4 == 6;
    tcp = ip[six ? 6 : 9] == IPPROTO_TCP;
    mbuf->l2_len = packet->l2_len;
    mbuf->l3_len = packet->l3_len;
    mbuf->l4_len = packet->l4_len;
    flags |= six ? RTE_MBUF_F_TX_IPV6 : RTE_MBUF_F_TX_IPV4;
    if (asked & BP_PACKET_FILL_IP && !six)
        flags |= RTE_MBUF_F_TX_IP_CKSUM;
    if (asked & (BP_PACKET_FILL_L4 | BP_PACKET_SEGMENT))
        flags |= tcp ? RTE_MBUF_F_TX_TCP_CKSUM : RTE_MBUF_F_TX_UDP_CKSUM;
    if (asked & BP_PACKET_SEGMENT) {
        flags |= RTE_MBUF_F_TX_TCP_SEG;
        mbuf->tso_segsz = packet->mss;
    }
    mbuf->ol_flags = flags;
    if (asked & BP_PACKET_SEGMENT)
        return tcp && packet->mss && packet->l4_len >= 20;
    return tcp || ip[six ? 6 : 9] == IPPROTO_UDP || !(asked & BP_PACKET_FILL_L4);
}

enum {
    ASKS = BP_PACKET_FILL_IP | BP_PACKET_FILL_L4 | BP_PACKET_SEGMENT,
};

/* What the stack leaves to this floor. False: the packet asks for what cannot be. */
BP_INLINE bool finish(struct bp_packet *packet)
{
    struct rte_mbuf *mbuf = mbuf_of(packet);

    mbuf->nb_segs = 1;
    for (struct bp_packet *piece = packet->next; unlikely(piece); piece = piece->next)
        mbuf->nb_segs++;
    return likely(!(packet->flags & ASKS)) || offload(packet, mbuf);
}

/* What cannot be sent as it is asked for. It would block the queue for ever. */
BP_COLD static void refuse(struct bp_nic_queue *queue, struct bp_packet *packet)
{
    bp_nic_free(&queue->device, packet);
    queue->tx_refused++;
}

/* Those that can be sent come first, in order. Returns how many; *asked: by any of them. */
BP_INLINE u32 finish_all(struct bp_nic_queue *queue, struct bp_packet **packets, u32 count,
                         u64 *asked)
{
    u32 kept = 0;

    *asked = 0;
    for (u32 i = 0; i < count; i++) {
        struct bp_packet *packet = packets[i];

        if (unlikely(!finish(packet))) {
            refuse(queue, packet);
            continue;
        }
        *asked |= packet->flags & ASKS;
        packets[kept++] = packet;
    }
    return kept;
}

/* Lets the driver check offloads, and write into headers what its device expects there. */
static u32 prepare(struct bp_nic_queue *queue, struct bp_packet **packets, u32 count)
{
    u32 ready = 0;

    while ((ready += rte_eth_tx_prepare(queue->port, queue->device.queue,
                                        (struct rte_mbuf **)packets + ready,
                                        (u16)(count - ready))) < count) {
        refuse(queue, packets[ready]);
        memmove(packets + ready, packets + ready + 1,
                (--count - ready) * sizeof(struct bp_packet *));
    }
    return count;
}

struct bp_device_traffic bp_nic_traffic(const struct bp_device *device)
{
    const struct bp_device_traffic *traffic = &device->traffic;

    return (struct bp_device_traffic){
        .rx_packets = READ_ONCE(traffic->rx_packets),
        .rx_bytes = READ_ONCE(traffic->rx_bytes),
        .tx_packets = READ_ONCE(traffic->tx_packets),
        .tx_bytes = READ_ONCE(traffic->tx_bytes),
        .tx_full = READ_ONCE(traffic->tx_full),
    };
}

/* What the driver does not take comes again, and was not sent. */
BP_COLD static u32 send_captured(struct bp_nic_queue *queue, struct bp_packet **packets, u32 count)
{
    struct bp_capture_marks marks;
    u32 sent;

    bp_capture_before_send(queue->capture, packets, count, &marks);
    sent =
        rte_eth_tx_burst(queue->port, queue->device.queue, (struct rte_mbuf **)packets, (u16)count);
    bp_capture_sent(queue->capture, sent, &marks);
    return sent;
}

/* Packets that the driver has no room for stay the caller's, at the end of its array. Refused ones
 * count as sent. */
static u32 send_some(struct bp_nic_queue *queue, struct bp_packet **packets, u32 count)
{
    u32 ready = count, sent;
    u64 asked;

    if (BP_NET_OFFLOADS) {
        ready = finish_all(queue, packets, count, &asked);
        if (asked)
            ready = prepare(queue, packets, ready);
    }
    bp_nic_burst_begin(queue);
    if (unlikely(queue->capture))
        sent = send_captured(queue, packets, ready);
    else
        sent = rte_eth_tx_burst(queue->port, queue->device.queue, (struct rte_mbuf **)packets,
                                (u16)ready);
    bp_nic_burst_end(queue);
    if (unlikely(sent < ready))
        memmove(packets + count - (ready - sent), packets + sent,
                (ready - sent) * sizeof(struct bp_packet *));
    return count - (ready - sent);
}

u32 bp_nic_transmit(struct bp_device *device, struct bp_packet **packets, u32 count)
{
    u32 done = 0;

    while (done < count) {
        u32 some = BP_MIN(count - done, (u32)BP_NIC_BURST);
        u32 sent = send_some(queue_of(device), packets + done, some);

        done += sent;
        if (sent < some)
            break;
    }
    return done;
}

const struct bp_device_ops bp_nic_device_ops = {
    .alloc = bp_nic_alloc,
    .free = bp_nic_free,
    .transmit = bp_nic_transmit,
};
