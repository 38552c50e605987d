/* Where the memory of packets and descriptors lies, as planned; whether it does is the kernel's to
 * say. */
#include "nic/dpdk.h"

#include <rte_memory.h>
#include <rte_memzone.h>

#include <stdio.h>

struct walk {
    void (*each)(const char *what, const void *memory, size_t size, size_t page, int node,
                 void *context);
    void *context;
    int node; /* of the pool being walked */
};

static void give(const struct walk *walk, const char *what, const void *memory, size_t size,
                 int node)
{
    walk->each(what, memory, size, BP_PAGE_SIZE, node, walk->context);
}

static void give_chunk(struct rte_mempool *pool, void *context, struct rte_mempool_memhdr *chunk,
                       unsigned int index)
{
    const struct walk *walk = context;

    (void)pool;
    (void)index;
    give(walk, "packets", chunk->addr, chunk->len, walk->node);
}

static void give_pools(struct walk *walk, const struct bp_nic *nic)
{
    for (u32 i = 0; i < nic->config->queues; i++) {
        walk->node = nic->config->queue[i].node;
        rte_mempool_mem_iter(nic->queues[i].pool, give_chunk, walk);
    }
}

static const struct bp_nic *nic_of_port(u32 port)
{
    for (u32 i = 0; i < bp_nics_count(); i++) {
        if (bp_nics_get(i)->port == port)
            return bp_nics_get(i);
    }
    return NULL;
}

/* By the names that DPDK and its drivers give (lib/ethdev/ethdev_driver.c,
 * rte_eth_dma_zone_reserve; drivers/net/virtio/virtio_ethdev.c, virtio_init_queue: on the device's
 * own node). */
static void give_zone(const struct rte_memzone *zone, void *context)
{
    const struct bp_nic *nic;
    unsigned int port, queue;
    int node = zone->socket_id;

    if (sscanf(zone->name, "eth_p%u_q%u_", &port, &queue) == 2) {
        nic = nic_of_port(port);
        if (nic && queue < nic->config->queues)
            node = nic->config->queue[queue].node;
    } else if (sscanf(zone->name, "port%u_vq%u", &port, &queue) == 2) {
        node = rte_eth_dev_socket_id((u16)port);
    } else {
        return;
    }
    give(context, "descriptor rings", zone->addr, zone->len, node);
}

static int give_segment(const struct rte_memseg_list *list, const struct rte_memseg *segment,
                        void *context)
{
    const struct walk *walk = context;

    if (!list->external)
        walk->each("DPDK's memory", segment->addr, segment->len, segment->hugepage_sz,
                   segment->socket_id, walk->context);
    return 0;
}

void bp_nics_each_memory(void (*each)(const char *what, const void *memory, size_t size,
                                      size_t page, int node, void *context),
                         void *context)
{
    struct walk walk = {.each = each, .context = context};

    for (u32 i = 0; i < bp_nics_count(); i++)
        give_pools(&walk, bp_nics_get(i));
    rte_memzone_walk(give_zone, &walk);
    rte_memseg_walk(give_segment, &walk);
}
