/* All NICs of the tables: up together, or none. */
#include "nic/dpdk.h"

#include <rte_eal.h>

#include <stdarg.h>
#include <sys/stat.h>

enum {
    NICS_MAX = RTE_MAX_ETHPORTS
};

static struct bp_nic nics[NICS_MAX];
static u32 nic_count;

int bp_nic_fail(struct bp_nic_failure *failure, int error, const char *fmt, ...)
{
    va_list args;

    failure->status = error == -EINVAL || error == -ENODEV ? BP_EXIT_USER : BP_EXIT_ENVIRONMENT;
    va_start(args, fmt);
    bp_vsnprintf(failure->text, sizeof(failure->text), fmt, args);
    va_end(args);
    return error;
}

int bp_nics_open(const struct bp_nic_tables *tables, struct bp_nic_failure *failure)
{
    mode_t mask;
    int ret = 0;

    if (tables->count > NICS_MAX)
        return bp_nic_fail(failure, -EINVAL, "more than %d NICs", NICS_MAX);
    mask = umask(S_IRWXG | S_IRWXO); /* sockets that drivers make: who connects shares memory */
    for (u32 i = 0; !ret && i < tables->count; i++)
        ret = bp_nic_preflight(&tables->nics[i], failure);
    if (!ret)
        ret = bp_nic_check_hugepages(tables, failure);
    bp_nic_private_begin();
    if (!ret)
        ret = bp_nic_quiesce_open(failure);
    if (!ret)
        ret = bp_nic_eal_start(tables->eal_args, failure);
    for (u32 i = 0; !ret && i < tables->count; i++) {
        nics[i].config = &tables->nics[i];
        ret = bp_nic_port_open(&nics[i], tables->rss_key, failure);
        nic_count += !ret;
    }
    if (!ret)
        ret = bp_nic_private_end(failure);
    if (ret)
        bp_nics_close();
    umask(mask);
    return ret;
}

void bp_nics_close(void)
{
    while (nic_count)
        bp_nic_port_close(&nics[--nic_count]);
}

u32 bp_nics_count(void)
{
    return nic_count;
}

struct bp_nic *bp_nics_get(u32 index)
{
    BP_BUG_ON(index >= nic_count);
    return &nics[index];
}

const struct bp_nic_config *bp_nic_config(const struct bp_nic *nic)
{
    return nic->config;
}

struct bp_device *bp_nic_device(struct bp_nic *nic, u32 queue)
{
    BP_BUG_ON(queue >= nic->config->queues);
    return &nic->queues[queue].device;
}
