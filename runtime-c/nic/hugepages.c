/*
 * Whether there are the huge pages that the packets are planned on. DPDK takes them one after the
 * other and would only say that memory is short.
 */
#include "nic/internal.h"

#include <errno.h>
#include <stdio.h>

enum {
    PATH = 128,
};

static const char all_nodes[] = "/sys/kernel/mm/hugepages/hugepages-%ukB/%s";
static const char one_node[] = "/sys/devices/system/node/node%d/hugepages/hugepages-%ukB/%s";

/* A file with one number; -1: there is no such file. */
static long number(const char *path)
{
    FILE *file = fopen(path, "r");
    long value = -1;

    if (!file)
        return -1;
    if (fscanf(file, "%ld", &value) != 1)
        value = -1;
    fclose(file);
    return value;
}

static long of_all(u32 kib, const char *name)
{
    char path[PATH];

    bp_snprintf(path, sizeof(path), all_nodes, kib, name);
    return number(path);
}

/* Names the node's own file; that of all nodes for any node, and where the kernel has no nodes. */
static void file_of(char path[PATH], int node, u32 kib, const char *name)
{
    if (node >= 0)
        bp_snprintf(path, PATH, one_node, node, kib, name);
    if (node < 0 || number(path) < 0)
        bp_snprintf(path, PATH, all_nodes, kib, name);
}

/* Those that nobody has and nobody has reserved; reservations are not told by node. */
static long free_on(int node, u32 kib)
{
    long free = BP_MAX(of_all(kib, "free_hugepages"), 0L);
    char path[PATH];

    free -= BP_MAX(of_all(kib, "resv_hugepages"), 0L);
    file_of(path, node, kib, "free_hugepages");
    return BP_MIN(free, BP_MAX(number(path), 0L));
}

static int check_node(const struct bp_nic_hugepages *planned, u32 kib,
                      struct bp_nic_failure *failure)
{
    long free = free_on(planned->node, kib), total;
    char path[PATH], node[24] = "any NUMA node";

    if (free >= (long)planned->count)
        return 0;
    file_of(path, planned->node, kib, "nr_hugepages");
    total = BP_MAX(number(path), 0L);
    if (planned->node >= 0)
        bp_snprintf(node, sizeof(node), "NUMA node %d", planned->node);
    return bp_nic_fail(failure, -ENOMEM,
                       "packets are planned on %u huge pages of %u KiB on %s, but %ld are free; "
                       "reserve more: echo %ld > %s",
                       planned->count, kib, node, free, total + (long)planned->count - free, path);
}

int bp_nic_check_hugepages(const struct bp_nic_tables *tables, struct bp_nic_failure *failure)
{
    int ret = 0;

    for (u32 i = 0; !ret && i < tables->hugepage_nodes; i++)
        ret = check_node(&tables->hugepages[i], tables->hugepage_kib, failure);
    return ret;
}
