/*
 * The NICs, through DPDK 22.11: ports up and down, packets in and out, counters, and something to
 * sleep on. Each queue pair is a struct bp_device (nic/device.h) that one worker owns; everything
 * that takes a device may be called by that worker only, on its own context (this floor uses libc
 * and vector registers), and takes no lock. The rest belongs to the launcher's thread.
 */
#ifndef BP_NIC_NIC_H
#define BP_NIC_NIC_H

#include "base/log.h"
#include "nic/device.h"
#include "nic/tables.h"

/* Why something could not be done: a sentence for people, naming the NIC. */
struct bp_nic_failure {
    enum bp_exit_status status;
    char text[320];
};

struct bp_nic;

/*
 * Starts DPDK and every NIC of the tables, which must outlive the ports. Once in the life of a
 * process, before the workers run and after signals are blocked: DPDK makes a thread of its own.
 * The calling thread keeps its affinity; what DPDK opens is closed on exec, and its memory is not
 * inherited by fork. Returns 0, or a negative errno with failure filled in;
 * then nothing is up, and the process cannot try again.
 */
int bp_nics_open(const struct bp_nic_tables *tables, struct bp_nic_failure *failure);

/* Stops and closes every NIC. No worker may be using one any more. */
void bp_nics_close(void);

/* Those of the tables, in their order. */
u32 bp_nics_count(void);
struct bp_nic *bp_nics_get(u32 index);
const struct bp_nic_config *bp_nic_config(const struct bp_nic *nic);

/* The queue pair, queue < config->queues; it belongs to worker config->queue[queue].worker. */
struct bp_device *bp_nic_device(struct bp_nic *nic, u32 queue);

/*
 * A worker's kernel thread says who it is, once, before it uses its devices: only then does it get
 * caches of free packets. Returns 0 or -ENOMEM (more than 128 threads).
 */
int bp_nic_worker_join(void);

/*
 * Takes received packets, at most max of them; they are the caller's until given to free or
 * transmit of the same device. Returns how many, at most 64. Never waits.
 */
u32 bp_nic_receive(struct bp_device *device, struct bp_packet **packets, u32 max);

/* ---- sleeping ---- */

/*
 * A descriptor that becomes readable when the queue has packets, for epoll; -1 when the device has
 * none and must be polled. It stays the same until the NIC is stopped.
 */
int bp_nic_wait_fd(const struct bp_device *device);

/*
 * Before the worker sleeps: asks for a wake-up through the descriptor. A packet that came before
 * may not cause one, so receive once more after this. Returns 0, or a negative errno when the
 * driver refuses: then the worker must not sleep.
 */
int bp_nic_arm(struct bp_device *device);

/* After the sleep: no more wake-ups, and what the descriptor holds is drained. */
void bp_nic_disarm(struct bp_device *device);

/* ---- state ---- */

/* Stops the NIC: packets that wait in its queues are lost. Returns 0 or a negative errno. */
int bp_nic_stop(struct bp_nic *nic);
/* Starts it again. Returns 0 or a negative errno, with failure filled in. */
int bp_nic_start(struct bp_nic *nic, struct bp_nic_failure *failure);

struct bp_nic_link {
    bool up;
    bool full_duplex;
    u32 mbps;   /* UINT32_MAX: unknown */
    u32 losses; /* how often it went down since the start, as far as bp_nics_watch_links saw */
};

/* Does not wait. */
struct bp_nic_link bp_nic_link(const struct bp_nic *nic);

/* Looks at all links if it is time to, and says it when one came or went. Returns in how many
 * milliseconds to call again. The launcher's thread; now is of CLOCK_MONOTONIC. */
u32 bp_nics_watch_links(u64 now);

/* Since the start. */
struct bp_nic_counters {
    u64 rx_packets, rx_bytes;
    u64 tx_packets, tx_bytes;
    u64 rx_missed;    /* the device had no descriptor free */
    u64 rx_no_buffer; /* the pool was empty */
    u64 rx_errors, tx_errors;
    u64 tx_refused; /* what the stack asked of the hardware was not to be had; dropped */
};

/* What the stack has counted at a queue since the start. Any thread: each figure is whole. */
struct bp_device_traffic bp_nic_traffic(const struct bp_device *device);

/* Of the whole NIC. Returns 0 or a negative errno. */
int bp_nic_counters(const struct bp_nic *nic, struct bp_nic_counters *counters);
/* Of one queue, as far as the driver counts by queue: packets, bytes, errors. */
int bp_nic_queue_counters(const struct bp_nic *nic, u32 queue, struct bp_nic_counters *counters);

/* Calls each(name, value) for every counter that the driver has. Returns their number, or a
 * negative errno. */
int bp_nic_each_xstat(const struct bp_nic *nic,
                      void (*each)(const char *name, u64 value, void *context), void *context);

/*
 * Calls each for every piece of memory of packets and descriptors: what it is, its pages' size, the
 * NUMA node (the kernel's number) that it is planned on. The launcher's thread.
 */
void bp_nics_each_memory(void (*each)(const char *what, const void *memory, size_t size,
                                      size_t page, int node, void *context),
                         void *context);

/* What the device turned out to be, where plans may fail. */
struct bp_nic_facts {
    const char *driver;       /* static */
    char rx_mode[64];         /* name of the receive function; "" when the driver does not tell */
    char tx_mode[64];         /* same for transmit */
    u32 offloads;             /* enum bp_nic_offloads that are on */
    u32 missing;              /* those that were planned and are not to be had */
    u32 able;                 /* those that the device has, planned or not */
    u32 free_packets[16];     /* of each queue's pool */
    u32 rx_queues, tx_queues; /* as the driver has set them up, */
    u32 rx_descriptors, tx_descriptors; /* of the first one; 0: it does not tell */
};
void bp_nic_facts(const struct bp_nic *nic, struct bp_nic_facts *facts);

/* What the driver says that the device takes, whatever was planned. */
struct bp_nic_limits {
    u32 rx_queues, tx_queues;
    u32 mtu;
    struct {
        u32 min, max, align;
    } rx_descriptors, tx_descriptors;
    u32 reta_entries;   /* of the table that spreads flows; 0: none */
    bool spreads_flows; /* TCP flows by a hash */
};
/* Returns 0 or a negative errno. */
int bp_nic_limits(const struct bp_nic *nic, struct bp_nic_limits *limits);

/* The queues that packets come to by the Toeplitz hash of addresses and ports (TCP and UDP of both
 * families, with the key of the tables): table[hash % entries]. */
struct bp_nic_spread {
    const u16 *table;
    u32 entries; /* 0: the device spreads packets otherwise, or does not tell */
};
struct bp_nic_spread bp_nic_spread(const struct bp_nic *nic);

#endif
