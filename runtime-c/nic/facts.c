/* What a running NIC says of itself: counters, how it receives. */
#include "nic/dpdk.h"

#include <stdlib.h>

int bp_nic_counters(const struct bp_nic *nic, struct bp_nic_counters *counters)
{
    struct rte_eth_stats stats;
    int ret = rte_eth_stats_get(nic->port, &stats);

    if (ret)
        return ret;
    *counters = (struct bp_nic_counters){
        .rx_packets = stats.ipackets,
        .rx_bytes = stats.ibytes,
        .tx_packets = stats.opackets,
        .tx_bytes = stats.obytes,
        .rx_missed = stats.imissed,
        .rx_no_buffer = stats.rx_nombuf,
        .rx_errors = stats.ierrors,
        .tx_errors = stats.oerrors,
    };
    for (u32 i = 0; i < nic->config->queues; i++)
        counters->tx_refused += nic->queues[i].tx_refused;
    return 0;
}

int bp_nic_queue_counters(const struct bp_nic *nic, u32 queue, struct bp_nic_counters *counters)
{
    struct rte_eth_stats stats;
    int ret = queue < nic->config->queues ? rte_eth_stats_get(nic->port, &stats) : -EINVAL;

    if (ret)
        return ret;
    *counters = (struct bp_nic_counters){
        .rx_packets = stats.q_ipackets[queue],
        .rx_bytes = stats.q_ibytes[queue],
        .tx_packets = stats.q_opackets[queue],
        .tx_bytes = stats.q_obytes[queue],
        .rx_errors = stats.q_errors[queue],
        .tx_refused = nic->queues[queue].tx_refused,
    };
    return 0;
}

int bp_nic_each_xstat(const struct bp_nic *nic,
                      void (*each)(const char *name, u64 value, void *context), void *context)
{
    int count = rte_eth_xstats_get_names(nic->port, NULL, 0);
    struct rte_eth_xstat_name *names;
    struct rte_eth_xstat *values;

    if (count <= 0)
        return count;
    names = calloc((size_t)count, sizeof(*names));
    values = calloc((size_t)count, sizeof(*values));
    if (!names || !values) {
        count = -ENOMEM;
    } else {
        int named = rte_eth_xstats_get_names(nic->port, names, (u32)count);
        int valued = rte_eth_xstats_get(nic->port, values, (u32)count);

        /* A driver whose counters came or went in between has none for now. */
        count = named == count && valued == count ? count : 0;
    }
    for (int i = 0; i < count; i++)
        each(names[values[i].id].name, values[i].value, context);
    free(values);
    free(names);
    return count;
}

static void read_queues(const struct bp_nic *nic, struct bp_nic_facts *facts)
{
    struct rte_eth_dev_info info;
    struct rte_eth_rxq_info rx;
    struct rte_eth_txq_info tx;

    if (!rte_eth_dev_info_get(nic->port, &info)) {
        facts->rx_queues = info.nb_rx_queues;
        facts->tx_queues = info.nb_tx_queues;
    }
    if (!rte_eth_rx_queue_info_get(nic->port, 0, &rx))
        facts->rx_descriptors = rx.nb_desc;
    if (!rte_eth_tx_queue_info_get(nic->port, 0, &tx))
        facts->tx_descriptors = tx.nb_desc;
}

void bp_nic_facts(const struct bp_nic *nic, struct bp_nic_facts *facts)
{
    struct rte_eth_burst_mode mode;

    *facts = (struct bp_nic_facts){
        .driver = nic->info.driver_name,
        .offloads = nic->offloads,
        .missing = nic->missing,
        .able = bp_nic_able(nic),
    };
    if (!rte_eth_rx_burst_mode_get(nic->port, 0, &mode))
        bp_snprintf(facts->rx_mode, sizeof(facts->rx_mode), "%s", mode.info);
    if (!rte_eth_tx_burst_mode_get(nic->port, 0, &mode))
        bp_snprintf(facts->tx_mode, sizeof(facts->tx_mode), "%s", mode.info);
    read_queues(nic, facts);
    for (u32 i = 0; i < nic->config->queues; i++)
        facts->free_packets[i] = rte_mempool_avail_count(nic->queues[i].pool);
}

/* Asked anew: some drivers know the table only once the device runs. */
int bp_nic_limits(const struct bp_nic *nic, struct bp_nic_limits *limits)
{
    struct rte_eth_dev_info info;
    int ret = rte_eth_dev_info_get(nic->port, &info);

    if (ret)
        return ret;
    *limits = (struct bp_nic_limits){
        .rx_queues = info.max_rx_queues,
        .tx_queues = info.max_tx_queues,
        .mtu = info.max_mtu,
        .rx_descriptors = {info.rx_desc_lim.nb_min, info.rx_desc_lim.nb_max,
                           info.rx_desc_lim.nb_align},
        .tx_descriptors = {info.tx_desc_lim.nb_min, info.tx_desc_lim.nb_max,
                           info.tx_desc_lim.nb_align},
        .reta_entries = info.reta_size,
        .spreads_flows = info.flow_type_rss_offloads & RTE_ETH_RSS_NONFRAG_IPV4_TCP,
    };
    return 0;
}

struct bp_nic_spread bp_nic_spread(const struct bp_nic *nic)
{
    return (struct bp_nic_spread){.table = nic->reta, .entries = nic->reta_size};
}
