/*
 * One NIC: configured as planned, with what it turns out not to have left off and said. Limits that
 * the plan breaks (queues, descriptors, MTU) are refused, since nothing could be done about them
 * later; missing offloads are the stack's work, and a slower receive function is only a message.
 */
#include "nic/dpdk.h"

#include <rte_errno.h>
#include <rte_malloc.h>

struct offload {
    u32 ours;   /* enum bp_nic_offloads */
    u32 device; /* enum bp_device_offloads, what the stack is told */
    u64 rx, tx; /* DPDK's, all of them are needed */
    const char *what;
};

static const struct offload offloads[] = {
    {BP_NIC_RX_IP_CHECKSUM, 0, RTE_ETH_RX_OFFLOAD_IPV4_CKSUM, 0, "checks of IPv4 headers"},
    {BP_NIC_RX_L4_CHECKSUM, BP_DEVICE_RX_CHECKSUM,
     RTE_ETH_RX_OFFLOAD_TCP_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM, 0, "checks of TCP and UDP"},
    {BP_NIC_RX_HASH, 0, RTE_ETH_RX_OFFLOAD_RSS_HASH, 0, "the RSS hash of packets"},
    {BP_NIC_TX_IP_CHECKSUM, BP_DEVICE_TX_IP_CHECKSUM, 0, RTE_ETH_TX_OFFLOAD_IPV4_CKSUM,
     "checksums of IPv4 headers"},
    {BP_NIC_TX_L4_CHECKSUM, BP_DEVICE_TX_L4_CHECKSUM, 0,
     RTE_ETH_TX_OFFLOAD_TCP_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM, "checksums of TCP and UDP"},
    {BP_NIC_TX_TSO, BP_DEVICE_TSO, 0, RTE_ETH_TX_OFFLOAD_TCP_TSO, "TCP segmentation"},
    {BP_NIC_TX_CHAIN, BP_DEVICE_TX_CHAIN, 0, RTE_ETH_TX_OFFLOAD_MULTI_SEGS,
     "frames of several pieces"},
};

static bool has(const struct rte_eth_dev_info *info, const struct offload *offload)
{
    return (info->rx_offload_capa & offload->rx) == offload->rx &&
           (info->tx_offload_capa & offload->tx) == offload->tx;
}

u32 bp_nic_able(const struct bp_nic *nic)
{
    u32 able = 0;

    for (u32 i = 0; i < ARRAY_SIZE(offloads); i++)
        able |= has(&nic->info, &offloads[i]) ? offloads[i].ours : 0;
    return able;
}

/* Splits what was planned into what is on and what is missing. */
static void choose_offloads(struct bp_nic *nic)
{
    for (u32 i = 0; i < ARRAY_SIZE(offloads); i++) {
        if (!(nic->config->offloads & offloads[i].ours))
            continue;
        if (has(&nic->info, &offloads[i])) {
            nic->offloads |= offloads[i].ours;
            continue;
        }
        nic->missing |= offloads[i].ours;
        bp_log("%s: the device has no %s; software does it", nic->config->name, offloads[i].what);
    }
}

static u32 device_offloads(const struct bp_nic *nic)
{
    u32 device = 0;

    for (u32 i = 0; i < ARRAY_SIZE(offloads); i++)
        device |= nic->offloads & offloads[i].ours ? offloads[i].device : 0;
    return device;
}

static u64 dpdk_offloads(const struct bp_nic *nic, bool rx)
{
    u64 mask = 0;

    for (u32 i = 0; i < ARRAY_SIZE(offloads); i++) {
        if (nic->offloads & offloads[i].ours)
            mask |= rx ? offloads[i].rx : offloads[i].tx;
    }
    return mask;
}

/* ---- limits ---- */

static int check_descriptors(const struct bp_nic *nic, struct bp_nic_failure *failure)
{
    const struct bp_nic_config *config = nic->config;
    u16 rx = config->rx_descriptors, tx = config->tx_descriptors;
    int ret = rte_eth_dev_adjust_nb_rx_tx_desc(nic->port, &rx, &tx);

    if (ret)
        return bp_nic_fail(failure, ret, "%s: the driver does not tell its limits: error %d",
                           config->name, -ret);
    if (rx != config->rx_descriptors || tx != config->tx_descriptors)
        return bp_nic_fail(failure, -EINVAL,
                           "%s: %u receive and %u transmit descriptors are planned, but the device "
                           "takes %u and %u; set rxDescriptors and txDescriptors so",
                           config->name, config->rx_descriptors, config->tx_descriptors, rx, tx);
    return 0;
}

static int check_limits(const struct bp_nic *nic, struct bp_nic_failure *failure)
{
    const struct bp_nic_config *config = nic->config;
    u32 queues = BP_MIN(nic->info.max_rx_queues, nic->info.max_tx_queues);

    queues = BP_MIN(queues, (u32)BP_NIC_QUEUES_MAX);
    if (!config->queues || config->queues > queues)
        return bp_nic_fail(failure, -EINVAL,
                           "%s: %u queues are planned, but the device has %u; set "
                           "queues to no more",
                           config->name, config->queues, queues);
    if (nic->info.max_mtu && config->mtu > nic->info.max_mtu)
        return bp_nic_fail(failure, -EINVAL, "%s: an MTU of %u is planned, but the device takes %u",
                           config->name, config->mtu, nic->info.max_mtu);
    return check_descriptors(nic, failure);
}

/* ---- queues ---- */

static int make_pool(struct bp_nic_queue *queue, const struct bp_nic_config *config, u32 index,
                     struct bp_nic_failure *failure)
{
    const struct bp_nic_queue_config *plan = &config->queue[index];
    char name[RTE_MEMPOOL_NAMESIZE];

    bp_snprintf(name, sizeof(name), "%.15s-%u", config->name, index);
    queue->pool = rte_pktmbuf_pool_create(name, plan->packets, plan->cache, BP_NIC_PRIVATE,
                                          (u16)(config->buffer + RTE_PKTMBUF_HEADROOM), plan->node);
    if (!queue->pool)
        return bp_nic_fail(failure, -rte_errno,
                           "%s: no memory for %u packets of %u bytes on NUMA node %d (%s); lower "
                           "rxDescriptors and "
                           "txDescriptors, or 'bypassgen doctor' tells what is short",
                           config->name, plan->packets, config->buffer, plan->node,
                           rte_strerror(rte_errno));
    return 0;
}

static int setup_queue(struct bp_nic *nic, u32 index, struct bp_nic_failure *failure)
{
    const struct bp_nic_config *config = nic->config;
    struct bp_nic_queue *queue = &nic->queues[index];
    struct rte_eth_rxconf rx = nic->info.default_rxconf;
    struct rte_eth_txconf tx = nic->info.default_txconf;
    u32 node = (u32)config->queue[index].node;
    int ret = make_pool(queue, config, index, failure);

    if (ret)
        return ret;
    rx.offloads = dpdk_offloads(nic, true);
    tx.offloads = dpdk_offloads(nic, false);
    queue->nic = nic;
    queue->port = nic->port;
    queue->wait_fd = -1;
    queue->device = (struct bp_device){
        .ops = &bp_nic_device_ops,
        .offloads = device_offloads(nic),
        .mtu = config->mtu,
        .queue = (u16)index,
    };
    ret = rte_eth_rx_queue_setup(nic->port, (u16)index, config->rx_descriptors, node, &rx,
                                 queue->pool);
    if (!ret)
        ret = rte_eth_tx_queue_setup(nic->port, (u16)index, config->tx_descriptors, node, &tx);
    return ret ? bp_nic_fail(failure, ret, "%s: queue %u cannot be set up: %s", config->name, index,
                             rte_strerror(-ret))
               : 0;
}

/* ---- the port ---- */

static int configure(struct bp_nic *nic, const u8 *rss_key, struct bp_nic_failure *failure)
{
    const struct bp_nic_config *config = nic->config;
    bool rss = config->rss && config->queues > 1;
    struct rte_eth_conf conf = {
        .rxmode = {.mq_mode = rss ? RTE_ETH_MQ_RX_RSS : RTE_ETH_MQ_RX_NONE,
                   .mtu = config->mtu,
                   .offloads = dpdk_offloads(nic, true)},
        .txmode = {.mq_mode = RTE_ETH_MQ_TX_NONE, .offloads = dpdk_offloads(nic, false)},
        .intr_conf = {.rxq = bp_nic_may_interrupt(config)},
    };
    int ret;

    if (rss) {
        conf.rx_adv_conf.rss_conf.rss_hf =
            (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP) & nic->info.flow_type_rss_offloads;
        if (nic->info.hash_key_size <= BP_NIC_RSS_KEY_MAX) {
            conf.rx_adv_conf.rss_conf.rss_key = (u8 *)rss_key;
            conf.rx_adv_conf.rss_conf.rss_key_len = nic->info.hash_key_size;
        }
    }
    ret = rte_eth_dev_configure(nic->port, config->queues, config->queues, &conf);
    if (ret && conf.intr_conf.rxq) {
        bp_log("%s: the driver offers no receive interrupts; its worker polls", config->name);
        conf.intr_conf.rxq = 0;
        ret = rte_eth_dev_configure(nic->port, config->queues, config->queues, &conf);
    }
    if (ret)
        return bp_nic_fail(failure, ret, "%s: the driver refuses %u queues and an MTU of %u: %s",
                           config->name, config->queues, config->mtu, rte_strerror(-ret));
    for (u32 i = 0; i < config->queues; i++)
        nic->queues[i].interrupt = conf.intr_conf.rxq;
    return 0;
}

static bool is_zero(const u8 *mac)
{
    return !(mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]);
}

/* Both ends of a TAP interface have an address: the driver gives its own to the host's end. */
static int set_mac(struct bp_nic *nic, struct bp_nic_failure *failure)
{
    const struct bp_nic_config *config = nic->config;
    struct rte_ether_addr mac;
    int ret = 0;

    if (is_zero(config->mac)) {
        ret = rte_eth_macaddr_get(nic->port, &mac);
    } else {
        memcpy(mac.addr_bytes, config->mac, sizeof(config->mac));
        if (config->attach == BP_NIC_PCI || config->attach == BP_NIC_PCI_SHARED)
            ret = rte_eth_dev_default_mac_addr_set(nic->port, &mac);
    }
    if (ret)
        return bp_nic_fail(failure, ret, "%s: its Ethernet address cannot be %s: %s", config->name,
                           is_zero(config->mac) ? "read" : "set", rte_strerror(-ret));
    for (u32 i = 0; i < config->queues; i++)
        memcpy(nic->queues[i].device.mac, mac.addr_bytes, sizeof(mac.addr_bytes));
    return 0;
}

/* Drivers that cannot set it carry what the basic frame does. */
static int set_mtu(const struct bp_nic *nic, struct bp_nic_failure *failure)
{
    const struct bp_nic_config *config = nic->config;
    int ret = rte_eth_dev_set_mtu(nic->port, config->mtu);

    if (!ret || (ret == -ENOTSUP && config->mtu <= RTE_ETHER_MTU))
        return 0;
    /* Devices in this process have no wire that could be too narrow. */
    if (ret == -ENOTSUP && config->attach == BP_NIC_NOTHING)
        return 0;
    return bp_nic_fail(failure, ret, "%s: the driver refuses an MTU of %u: %s", config->name,
                       config->mtu, rte_strerror(-ret));
}

/* The device hashes what we do, by our key, and says so. */
static bool spreads_by_key(const struct bp_nic *nic, const u8 *key)
{
    const u64 flows = RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV4_UDP |
                      RTE_ETH_RSS_NONFRAG_IPV6_TCP | RTE_ETH_RSS_NONFRAG_IPV6_UDP;
    u8 set[BP_NIC_RSS_KEY_MAX] = {0};
    struct rte_eth_rss_conf conf = {.rss_key = set, .rss_key_len = sizeof(set)};

    if (nic->info.hash_key_size > sizeof(set))
        return false;
    return !rte_eth_dev_rss_hash_conf_get(nic->port, &conf) && (conf.rss_hf & flows) == flows &&
           memcmp(set, key, BP_NIC_RSS_KEY_HASHED) == 0;
}

static bool read_reta(struct bp_nic *nic)
{
    enum {
        GROUPS = RTE_ETH_RSS_RETA_SIZE_512 / RTE_ETH_RETA_GROUP_SIZE
    };
    struct rte_eth_rss_reta_entry64 groups[GROUPS];
    u16 size = nic->info.reta_size;

    if (!size || size > RTE_ETH_RSS_RETA_SIZE_512)
        return false;
    for (u32 i = 0; i < GROUPS; i++)
        groups[i].mask = UINT64_MAX;
    if (rte_eth_dev_rss_reta_query(nic->port, groups, size))
        return false;
    for (u32 i = 0; i < size; i++) {
        nic->reta[i] = groups[i / RTE_ETH_RETA_GROUP_SIZE].reta[i % RTE_ETH_RETA_GROUP_SIZE];
        if (nic->reta[i] >= nic->config->queues)
            return false;
    }
    return true;
}

/* Otherwise workers hand packets to each other. */
static void learn_spread(struct bp_nic *nic, const u8 *key)
{
    nic->reta_size = 0;
    if (!nic->config->rss)
        return;
    if (spreads_by_key(nic, key) && read_reta(nic))
        nic->reta_size = nic->info.reta_size;
    else
        bp_log("%s: the device does not tell that it spreads flows by our key; software does it",
               nic->config->name);
}

/* The function that the plan counts on was really chosen; otherwise it works, but slower. */
static void check_mode(const struct bp_nic *nic)
{
    const char *planned = nic->config->rx_mode;
    struct bp_nic_facts facts;

    bp_nic_facts(nic, &facts);
    if (planned && *facts.rx_mode && !strstr(facts.rx_mode, planned))
        bp_log("%s: the driver receives with '%s', but '%s' was planned: it works, but slower",
               nic->config->name, facts.rx_mode, planned);
}

int bp_nic_start(struct bp_nic *nic, struct bp_nic_failure *failure)
{
    int ret = rte_eth_dev_start(nic->port);

    if (ret)
        return bp_nic_fail(failure, ret, "%s: the device does not start: %s", nic->config->name,
                           rte_strerror(-ret));
    rte_eth_allmulticast_enable(
        nic->port); /* neighbour discovery; devices without filters refuse */
    bp_nic_wait_open(nic);
    check_mode(nic);
    bp_nic_link_await(nic);
    return 0;
}

int bp_nic_stop(struct bp_nic *nic)
{
    for (u32 i = 0; i < nic->config->queues; i++)
        nic->queues[i].wait_fd = -1;
    return rte_eth_dev_stop(nic->port);
}

int bp_nic_port_open(struct bp_nic *nic, const u8 *rss_key, struct bp_nic_failure *failure)
{
    const struct bp_nic_config *config = nic->config;
    int ret = rte_eth_dev_get_port_by_name(config->port, &nic->port);

    if (ret)
        return bp_nic_fail(failure, -ENODEV, "%s: DPDK's driver did not take %s%s", config->name,
                           config->device ? config->device : config->port,
                           config->attach == BP_NIC_SOCKET ? "; does the other end serve it?" : "");
    ret = rte_eth_dev_info_get(nic->port, &nic->info);
    if (ret)
        return bp_nic_fail(failure, ret, "%s: the driver does not describe the device: error %d",
                           config->name, -ret);
    choose_offloads(nic);
    ret = check_limits(nic, failure);
    if (!ret)
        ret = configure(nic, rss_key, failure);
    if (!ret)
        ret = set_mtu(nic, failure);
    for (u32 i = 0; !ret && i < config->queues; i++)
        ret = setup_queue(nic, i, failure);
    if (!ret)
        ret = set_mac(nic, failure);
    if (!ret)
        ret = bp_nic_start(nic, failure);
    if (!ret)
        learn_spread(nic, rss_key);
    if (ret)
        bp_nic_port_close(nic);
    return ret;
}

void bp_nic_port_close(struct bp_nic *nic)
{
    rte_eth_dev_stop(nic->port);
    rte_eth_dev_close(nic->port);
    for (u32 i = 0; i < nic->config->queues; i++)
        rte_mempool_free(nic->queues[i].pool);
    memset(nic, 0, sizeof(*nic));
}
