/* DPDK as this floor uses it, and what the files of this floor share. */
#ifndef BP_NIC_DPDK_H
#define BP_NIC_DPDK_H

#include "nic/internal.h" /* our container_of and likely stand; DPDK's headers keep them */

#include <rte_config.h> /* before every other header of DPDK */

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_version.h>

/* Drivers' private names and burst functions are those of this version; see docs/nics.md. */
_Static_assert(RTE_VERSION >= RTE_VERSION_NUM(22, 11, 0, 0) &&
                   RTE_VERSION < RTE_VERSION_NUM(23, 0, 0, 0),
               "this runtime is made for DPDK 22.11 (Debian 12's libdpdk-dev)");

enum {
    BP_NIC_QUEUES_MAX = 16, /* one for each worker */
    BP_NIC_BURST = 64,      /* packets that one call into a driver moves at most */
};

struct bp_nic_queue {
    struct bp_device device; /* first: what the stack holds is this */
    const struct bp_nic *nic;
    struct rte_mempool *pool;
    u64 tx_refused;
    u32 bursts;                 /* odd while a worker is inside one (quiesce.c) */
    struct bp_capture *capture; /* of what comes and leaves, or NULL */
    u16 port;
    bool interrupt; /* the driver raises receive interrupts when armed */
    int wait_fd;
    void (*tell_driver)(int signo); /* tap.c; NULL: it needs not be told */
    u64 look_at;                    /* tap.c: time-stamp counter */
};

struct bp_nic {
    const struct bp_nic_config *config;
    u16 port;
    bool link_up; /* when it was last looked at */
    u32 link_losses;
    u32 offloads, missing; /* enum bp_nic_offloads */
    u16 reta_size;         /* entries of the redirection table; 0: flows are not spread by it */
    u16 reta[RTE_ETH_RSS_RETA_SIZE_512];
    struct rte_eth_dev_info info;
    struct bp_nic_queue queues[BP_NIC_QUEUES_MAX];
};

/* A packet is its mbuf, and what the stack has of its own lies behind it. */
enum {
    BP_NIC_PRIVATE = BP_CACHE_LINE,
};
_Static_assert(sizeof(struct bp_packet) <= sizeof(struct rte_mbuf) + BP_NIC_PRIVATE,
               "a packet fits the mbuf and its private area");
_Static_assert(offsetof(struct bp_packet, l2_len) == sizeof(struct rte_mbuf),
               "what is the stack's own lies in the private area");

#define BP_NIC_SAME(ours, dpdk)                                                           \
    _Static_assert(offsetof(struct bp_packet, ours) == offsetof(struct rte_mbuf, dpdk) && \
                       sizeof(((struct bp_packet *)0)->ours) ==                           \
                           sizeof(((struct rte_mbuf *)0)->dpdk),                          \
                   #ours " is " #dpdk)
BP_NIC_SAME(buffer, buf_addr);
BP_NIC_SAME(offset, data_off);
BP_NIC_SAME(flags, ol_flags);
BP_NIC_SAME(total, pkt_len);
BP_NIC_SAME(len, data_len);
BP_NIC_SAME(size, buf_len);
BP_NIC_SAME(next, next);
_Static_assert(RTE_MBUF_F_RX_IP_CKSUM_GOOD == BP_PACKET_IP_CHECKED &&
                   RTE_MBUF_F_RX_IP_CKSUM_BAD == BP_PACKET_IP_BAD &&
                   RTE_MBUF_F_RX_IP_CKSUM_NONE == (BP_PACKET_IP_CHECKED | BP_PACKET_IP_BAD) &&
                   RTE_MBUF_F_RX_L4_CKSUM_GOOD == BP_PACKET_L4_CHECKED &&
                   RTE_MBUF_F_RX_L4_CKSUM_BAD == BP_PACKET_L4_BAD &&
                   RTE_MBUF_F_RX_L4_CKSUM_NONE == (BP_PACKET_L4_CHECKED | BP_PACKET_L4_BAD),
               "marks of received packets are DPDK's");
_Static_assert(RTE_MBUF_F_TX_IP_CKSUM == BP_PACKET_FILL_IP &&
                   RTE_MBUF_F_TX_TCP_CKSUM == BP_PACKET_FILL_L4 &&
                   (RTE_MBUF_F_TX_UDP_CKSUM & BP_PACKET_FILL_L4) &&
                   RTE_MBUF_F_TX_TCP_SEG == BP_PACKET_SEGMENT &&
                   (RTE_MBUF_F_EXTERNAL | RTE_MBUF_F_INDIRECT) == BP_PACKET_DRIVER,
               "what is asked of the hardware is said as DPDK says it");

BP_INLINE struct bp_packet *packet_of(struct rte_mbuf *mbuf)
{
    return (struct bp_packet *)mbuf;
}

BP_INLINE struct rte_mbuf *mbuf_of(struct bp_packet *packet)
{
    return (struct rte_mbuf *)packet;
}

BP_INLINE struct bp_nic_queue *queue_of(struct bp_device *device)
{
    return container_of(device, struct bp_nic_queue, device);
}

/* Around what a worker calls of the driver when packets come and go: functions of another unit,
 * past which the compiler moves no such store, nor x86 what they read past the second one. */
BP_INLINE void bp_nic_burst_begin(struct bp_nic_queue *queue)
{
    WRITE_ONCE(queue->bursts, queue->bursts + 1);
}

BP_INLINE void bp_nic_burst_end(struct bp_nic_queue *queue)
{
    bp_store_release(&queue->bursts, queue->bursts + 1);
}

extern const struct bp_device_ops bp_nic_device_ops;

/* port.c */
int bp_nic_port_open(struct bp_nic *nic, const u8 *rss_key, struct bp_nic_failure *failure);
void bp_nic_port_close(struct bp_nic *nic);
/* enum bp_nic_offloads that the device has. */
u32 bp_nic_able(const struct bp_nic *nic);

/* link.c: waits for the link as long as planned, and says when there is none. */
void bp_nic_link_await(struct bp_nic *nic);

/* tap.c: for a queue of a TAP interface with its descriptor; and what then receives. */
void bp_nic_tap_open(struct bp_nic_queue *queue);
u32 bp_nic_tap_receive(struct bp_nic_queue *queue, struct rte_mbuf **mbufs, u32 max);

/* quiesce.c: before the first port; 0 or a negative errno with failure filled in. */
int bp_nic_quiesce_open(struct bp_nic_failure *failure);
/* Returns when all bursts have ended that were under way. Any thread, but not from inside one. */
void bp_nic_quiesce(const struct bp_nic *nic);

/* wait.c: finds each queue's descriptor, when the port runs. */
void bp_nic_wait_open(struct bp_nic *nic);

#endif
