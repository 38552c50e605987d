/*
 * What the generator has decided about NICs: in a generated out/<name>/src/bp_nics.c, or in a test.
 * All of it is constant; the checks at start compare it with what the devices really are.
 */
#ifndef BP_NIC_TABLES_H
#define BP_NIC_TABLES_H

#include "base/base.h"

/* How a device is found, and what it needs of the host before DPDK is asked for it. */
enum bp_nic_attach {
    BP_NIC_NOTHING,    /* exists in this process only */
    BP_NIC_PCI,        /* a PCI function that vfio-pci or uio holds */
    BP_NIC_PCI_SHARED, /* a PCI function that keeps its kernel driver (mlx5) */
    BP_NIC_AF_XDP,     /* an interface of the host */
    BP_NIC_AF_PACKET,  /* an interface of the host */
    BP_NIC_TAP,        /* makes an interface of the host */
    BP_NIC_SOCKET,     /* a UNIX socket that the other end serves, or that is made */
};

/* What is wanted of the device. What it lacks is done in software, and said at start. */
enum bp_nic_offloads {
    BP_NIC_RX_IP_CHECKSUM = 1 << 0,
    BP_NIC_RX_L4_CHECKSUM = 1 << 1,
    BP_NIC_RX_HASH = 1 << 2, /* the RSS hash comes with the packet */
    BP_NIC_TX_IP_CHECKSUM = 1 << 4,
    BP_NIC_TX_L4_CHECKSUM = 1 << 5,
    BP_NIC_TX_TSO = 1 << 6,
    BP_NIC_TX_CHAIN = 1 << 7, /* a frame of several pieces */
};

/* A queue pair: who serves it, and the packets that it owns. */
struct bp_nic_queue_config {
    u32 worker;  /* index into bp_worker_cores */
    int node;    /* NUMA node of its memory; -1: any */
    u32 packets; /* in its pool */
    u32 cache;   /* packets that the worker keeps at hand: 0 to 512, and 1.5 times it <= packets */
};

enum {
    BP_NIC_RSS_KEY_MAX = 52,    /* i40e and ice; the others take the first 40 bytes */
    BP_NIC_RSS_KEY_HASHED = 40, /* decide about addresses and ports */
};

struct bp_nic_config {
    const char *name;   /* of the spec: "net0" */
    const char *model;  /* of the catalogue; for messages */
    const char *port;   /* DPDK's name: "net_tap0", "0000:3b:00.0" */
    const char *device; /* interface or path of a socket; NULL: has none */
    enum bp_nic_attach attach;
    bool serves;         /* makes the socket; otherwise it connects to it */
    u8 mac[6];           /* all zero: the device's own */
    u16 mtu;             /* bytes behind the Ethernet header */
    u16 queues;          /* pairs */
    u16 rx_descriptors;  /* of each queue */
    u16 tx_descriptors;  /* of each queue */
    u16 burst;           /* packets to ask for at once */
    u32 buffer;          /* bytes of a packet's buffer, headroom not counted */
    u32 offloads;        /* enum bp_nic_offloads */
    bool rss;            /* spreads flows over the queues */
    bool interrupts;     /* ask the driver for receive interrupts */
    u32 link_wait_ms;    /* how long to wait for a link at start; 0: not at all */
    const char *rx_mode; /* what the name of the receive function has in it; NULL: any */
    const struct bp_nic_queue_config *queue; /* queues of them */
};

/* What the packets of a node's queues take. */
struct bp_nic_hugepages {
    int node; /* -1: any */
    u32 count;
};

struct bp_nic_tables {
    const struct bp_nic_config *nics;
    u32 count;
    u32 hugepage_kib; /* size of one; 0: small pages */
    const struct bp_nic_hugepages *hugepages;
    u32 hugepage_nodes;
    const char *const *eal_args; /* behind the program's name; NULL ends them */
    u8 rss_key[BP_NIC_RSS_KEY_MAX];
};

/* Only where BP_HAS_NIC. */
extern const struct bp_nic_tables bp_nic_tables;

#endif
