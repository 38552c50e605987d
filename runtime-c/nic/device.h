/*
 * What the stack needs of a network device: given to it by the floor above, filled by nic/ or by a
 * test. One instance is one queue pair and is used by one worker only, so nothing here locks.
 */
#ifndef BP_NIC_DEVICE_H
#define BP_NIC_DEVICE_H

#include "bp_config.h"
#include "nic/packet.h"

enum bp_device_offloads {
    BP_DEVICE_RX_CHECKSUM = 1 << 0,
    BP_DEVICE_TX_IP_CHECKSUM = 1 << 1,
    BP_DEVICE_TX_L4_CHECKSUM = 1 << 2,
    BP_DEVICE_TSO = 1 << 3,
    BP_DEVICE_TX_CHAIN = 1 << 4, /* sends packets of several pieces */
};

struct bp_device;

struct bp_device_ops {
    /* An empty packet with headroom for all headers (128 bytes), or NULL when the pool is empty. */
    struct bp_packet *(*alloc)(struct bp_device *device);
    /* Gives back a packet with all its pieces. */
    void (*free)(struct bp_device *device, struct bp_packet *packet);
    /* Takes over packets; they leave at the latest at the next flush. Returns how many; the rest,
     * for which the queue has no room, are the caller's still. */
    u32 (*transmit)(struct bp_device *device, struct bp_packet **packets, u32 count);
};

/* What has passed a queue pair, as the stack counts it: the same for every driver. */
struct bp_device_traffic {
    u64 rx_packets, rx_bytes; /* of whole frames, without their check sequence */
    u64 tx_packets, tx_bytes;
    u64 tx_full; /* times that the device had no room, and frames began to wait */
};

struct bp_device {
    const struct bp_device_ops *ops;
    u32 offloads; /* enum bp_device_offloads: what it does in hardware */
    u16 mtu;      /* bytes behind the Ethernet header */
    u8 mac[6];
    u16 queue;
    struct bp_device_traffic traffic;
};

BP_INLINE void bp_device_count_received(struct bp_device *device, const struct bp_packet *frame)
{
    device->traffic.rx_packets++;
    device->traffic.rx_bytes += frame->total;
}

/*
 * The three operations. A specialised binary has no devices but NICs, whose functions are known;
 * the generic one has what it is given.
 */
struct bp_packet *bp_nic_alloc(struct bp_device *device);
void bp_nic_free(struct bp_device *device, struct bp_packet *packet);
u32 bp_nic_transmit(struct bp_device *device, struct bp_packet **packets, u32 count);

BP_INLINE struct bp_packet *bp_device_alloc(struct bp_device *device)
{
    return BP_GENERIC ? device->ops->alloc(device) : bp_nic_alloc(device);
}

BP_INLINE void bp_device_free(struct bp_device *device, struct bp_packet *packet)
{
    BP_GENERIC ? device->ops->free(device, packet) : bp_nic_free(device, packet);
}

BP_INLINE u32 bp_device_transmit(struct bp_device *device, struct bp_packet **packets, u32 count)
{
    return BP_GENERIC ? device->ops->transmit(device, packets, count)
                      : bp_nic_transmit(device, packets, count);
}

/* Whether it does this in hardware; constantly not, where no NIC of the config can. */
BP_INLINE bool bp_device_has(const struct bp_device *device, enum bp_device_offloads offload)
{
    return BP_NET_OFFLOADS & offload && device->offloads & offload;
}

#endif
