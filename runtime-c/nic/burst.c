/* Packets in and out: mbufs become packets of the stack and back, in place, and flags are
 * translated. */
#include "nic/dpdk.h"

#include <rte_prefetch.h>

#include <netinet/in.h>

/* ---- in ---- */

struct rx_flag {
    u64 mask, value;
    u32 flag;
};

/* NONE means: wrong in the packet, because the sender left it to hardware, but the data are good.
 */
static const struct rx_flag rx_flags[] = {
    {RTE_MBUF_F_RX_IP_CKSUM_MASK, RTE_MBUF_F_RX_IP_CKSUM_GOOD, BP_PACKET_IP_CHECKED},
    {RTE_MBUF_F_RX_IP_CKSUM_MASK, RTE_MBUF_F_RX_IP_CKSUM_NONE, BP_PACKET_IP_CHECKED},
    {RTE_MBUF_F_RX_IP_CKSUM_MASK, RTE_MBUF_F_RX_IP_CKSUM_BAD, BP_PACKET_IP_BAD},
    {RTE_MBUF_F_RX_L4_CKSUM_MASK, RTE_MBUF_F_RX_L4_CKSUM_GOOD, BP_PACKET_L4_CHECKED},
    {RTE_MBUF_F_RX_L4_CKSUM_MASK, RTE_MBUF_F_RX_L4_CKSUM_NONE, BP_PACKET_L4_CHECKED},
    {RTE_MBUF_F_RX_L4_CKSUM_MASK, RTE_MBUF_F_RX_L4_CKSUM_BAD, BP_PACKET_L4_BAD},
    {RTE_MBUF_F_RX_RSS_HASH, RTE_MBUF_F_RX_RSS_HASH, BP_PACKET_HASHED},
};

BP_INLINE u32 flags_from(u64 ol_flags)
{
    u32 flags = 0;

    if (!BP_NIC_RX_MARKS)
        return 0;
    for (u32 i = 0; i < ARRAY_SIZE(rx_flags); i++)
        flags |= (ol_flags & rx_flags[i].mask) == rx_flags[i].value ? rx_flags[i].flag : 0;
    return flags;
}

/* One piece: where its bytes are. */
BP_INLINE struct bp_packet *piece_from(struct rte_mbuf *mbuf)
{
    struct bp_packet *packet = packet_of(mbuf);

    packet->next = NULL;
    packet->buffer = mbuf->buf_addr;
    packet->size = mbuf->buf_len;
    packet->data = packet->buffer + mbuf->data_off;
    packet->len = mbuf->data_len;
    return packet;
}

BP_INLINE struct bp_packet *packet_from(struct rte_mbuf *mbuf, u16 queue)
{
    struct bp_packet *packet = piece_from(mbuf), *last = packet;

    packet->total = mbuf->pkt_len;
    packet->flags = flags_from(mbuf->ol_flags);
    packet->hash = mbuf->hash.rss;
    packet->l2_len = packet->l3_len = packet->l4_len = packet->mss = 0;
    packet->queue = queue;
    for (mbuf = mbuf->next; unlikely(mbuf); mbuf = mbuf->next) {
        last->next = piece_from(mbuf);
        last = last->next;
    }
    return packet;
}

/* The driver has touched the mbufs; what lies behind them is cold. */
enum {
    AHEAD = 3
};

u32 bp_nic_receive(struct bp_device *device, struct bp_packet **packets, u32 max)
{
    struct bp_nic_queue *queue = queue_of(device);
    struct rte_mbuf *mbufs[BP_NIC_BURST];
    u32 count =
        rte_eth_rx_burst(queue->port, device->queue, mbufs, (u16)BP_MIN(max, (u32)BP_NIC_BURST));

    for (u32 i = 0; i < count; i++) {
        if (likely(i + AHEAD < count))
            rte_prefetch0(packet_of(mbufs[i + AHEAD]));
        packets[i] = packet_from(mbufs[i], device->queue);
    }
    return count;
}

struct bp_packet *bp_nic_alloc(struct bp_device *device)
{
    struct rte_mbuf *mbuf = rte_pktmbuf_alloc(queue_of(device)->pool);

    return likely(mbuf) ? packet_from(mbuf, device->queue) : NULL;
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

/* Offload flags of a packet whose first piece holds all its headers; false when they make no sense.
 */
static bool offload(const struct bp_packet *packet, struct rte_mbuf *mbuf)
{
    const u8 *ip = packet->data + packet->l2_len;
    bool tcp, six;

    if (packet->l2_len + packet->l3_len + packet->l4_len > packet->len || packet->l3_len < 20)
        return false;
    six = ip[0] >> 4 == 6;
    tcp = ip[six ? 6 : 9] == IPPROTO_TCP;
    mbuf->l2_len = packet->l2_len;
    mbuf->l3_len = packet->l3_len;
    mbuf->l4_len = packet->l4_len;
    mbuf->ol_flags |= six ? RTE_MBUF_F_TX_IPV6 : RTE_MBUF_F_TX_IPV4;
    if (packet->flags & BP_PACKET_FILL_IP && !six)
        mbuf->ol_flags |= RTE_MBUF_F_TX_IP_CKSUM;
    if (packet->flags & (BP_PACKET_FILL_L4 | BP_PACKET_SEGMENT))
        mbuf->ol_flags |= tcp ? RTE_MBUF_F_TX_TCP_CKSUM : RTE_MBUF_F_TX_UDP_CKSUM;
    if (packet->flags & BP_PACKET_SEGMENT) {
        mbuf->ol_flags |= RTE_MBUF_F_TX_TCP_SEG;
        mbuf->tso_segsz = packet->mss;
        return tcp && packet->mss && packet->l4_len >= 20;
    }
    return tcp || ip[six ? 6 : 9] == IPPROTO_UDP || !(packet->flags & BP_PACKET_FILL_L4);
}

BP_INLINE void piece_to(const struct bp_packet *packet, struct rte_mbuf *mbuf)
{
    mbuf->data_off = (u16)(packet->data - packet->buffer);
    mbuf->data_len = packet->len;
}

/* false: the packet asks for what cannot be. */
BP_INLINE bool packet_to(struct bp_packet *packet, struct rte_mbuf *mbuf)
{
    const u32 any = BP_NET_OFFLOADS & ~BP_DEVICE_TX_CHAIN
                        ? BP_PACKET_FILL_IP | BP_PACKET_FILL_L4 | BP_PACKET_SEGMENT
                        : 0;
    struct rte_mbuf *last = mbuf;

    piece_to(packet, mbuf);
    mbuf->pkt_len = packet->total;
    mbuf->nb_segs = 1;
    mbuf->ol_flags = 0;
    mbuf->next = NULL;
    for (struct bp_packet *piece = packet->next; unlikely(piece); piece = piece->next) {
        last->next = mbuf_of(piece);
        last = last->next;
        piece_to(piece, last);
        last->next = NULL;
        mbuf->nb_segs++;
    }
    return likely(!(packet->flags & any)) || offload(packet, mbuf);
}

/* What cannot be sent as it is asked for. It would block the queue for ever. */
BP_COLD static void refuse(struct bp_nic_queue *queue, struct bp_packet *packet)
{
    bp_nic_free(&queue->device, packet);
    queue->tx_refused++;
}

/* Translates; returns how many stay, in order. Some of them may want offloads. */
static u32 translate(struct bp_nic_queue *queue, struct bp_packet **packets,
                     struct rte_mbuf **mbufs, u32 count, u64 *wanted)
{
    u32 kept = 0;

    for (u32 i = 0; i < count; i++) {
        struct rte_mbuf *mbuf = mbuf_of(packets[i]);

        if (unlikely(!packet_to(packets[i], mbuf))) {
            refuse(queue, packets[i]);
            continue;
        }
        *wanted |= mbuf->ol_flags;
        mbufs[kept++] = mbuf;
    }
    return kept;
}

/* Lets the driver check offloads, and write into headers what its device expects there. */
static u32 prepare(struct bp_nic_queue *queue, struct rte_mbuf **mbufs, u32 count)
{
    u32 ready = 0;

    while ((ready += rte_eth_tx_prepare(queue->port, queue->device.queue, mbufs + ready,
                                        (u16)(count - ready))) < count) {
        refuse(queue, packet_of(mbufs[ready]));
        memmove(mbufs + ready, mbufs + ready + 1, (--count - ready) * sizeof(*mbufs));
    }
    return count;
}

/*
 * Packets that the driver has no room for stay the caller's, at the end of its array. Refused ones
 * count as sent: the array is packed first, so that what is left is where the caller looks for it.
 */
static u32 send_some(struct bp_nic_queue *queue, struct bp_packet **packets, u32 count)
{
    struct rte_mbuf *mbufs[BP_NIC_BURST];
    u64 wanted = 0;
    u32 kept = translate(queue, packets, mbufs, count, &wanted), left;

    if (wanted)
        kept = prepare(queue, mbufs, kept);
    left = kept - rte_eth_tx_burst(queue->port, queue->device.queue, mbufs, (u16)kept);

    for (u32 i = 0; unlikely(i < left); i++)
        packets[count - left + i] = packet_of(mbufs[kept - left + i]);
    return count - left;
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
