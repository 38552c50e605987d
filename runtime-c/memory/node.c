#include "memory/node.h"
#include "base/host.h"
#include "base/log.h"

#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum {
    NODES_MAX = 1024, /* MAX_NUMNODES of any kernel for x86-64 */
    /* For each worker its own few, and a ring from each other. */
    REGIONS_MAX = BP_NUMA ? BP_WORKERS_MAX * (BP_WORKERS_MAX + 8) : 1,
};

static struct region {
    const char *what; /* set last */
    const void *memory;
    size_t size;
    u32 node;
} regions[REGIONS_MAX];
static u32 region_count;

void bp_node_bind(const void *memory, size_t size, u32 node)
{
    static bool told;
    u64 mask[NODES_MAX / 64] = {0};
    u32 number = BP_NUMA ? bp_nodes[node].number : 0;
    long ret;

    mask[number / 64] = 1ULL << number % 64;
    ret = bp_host(SYS_mbind, memory, size, MPOL_BIND, mask, NODES_MAX + 1, 0);
    if (bp_is_error(ret) && !__atomic_exchange_n(&told, true, __ATOMIC_RELAXED))
        bp_log("memory cannot be bound to NUMA node %u as planned (error %ld): the kernel places "
               "it; compare hardware.numa with `numactl -H`, and let the container call mbind",
               number, -ret);
}

static void note(const char *what, const void *memory, size_t size, u32 node)
{
    u32 index = __atomic_fetch_add(&region_count, 1, __ATOMIC_RELAXED);

    if (index >= REGIONS_MAX)
        return;
    regions[index].memory = memory;
    regions[index].size = size;
    regions[index].node = node;
    bp_store_release(&regions[index].what, what);
}

void *bp_node_map(const char *what, size_t size, u32 node)
{
    long memory;

    size = BP_ALIGN_UP(size, (size_t)BP_PAGE_SIZE);
    memory = bp_host(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (bp_is_error(memory))
        return NULL;
    if (BP_NUMA) {
        bp_node_bind((void *)memory, size, node);
        note(what, (void *)memory, size, node);
    }
    return (void *)memory;
}

void bp_node_each(void (*each)(const char *what, const void *memory, size_t size, u32 node,
                               void *context),
                  void *context)
{
    u32 count = BP_MIN(__atomic_load_n(&region_count, __ATOMIC_RELAXED), (u32)REGIONS_MAX);

    for (u32 i = 0; i < count; i++) {
        const char *what = bp_load_acquire(&regions[i].what);

        if (what)
            each(what, regions[i].memory, regions[i].size, regions[i].node, context);
    }
}
