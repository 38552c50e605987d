#include "main/placement.h"
#include "base/host.h"
#include "base/log.h"
#include "memory/arena.h"
#include "memory/node.h"
#include "memory/slot.h"
#include "nic/nic.h"
#include "sched/sched.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

enum {
    KINDS_MAX = 64,
    BATCH = 512,
};

/* Memory of one kind that is planned on one node. */
struct kind {
    const char *what;
    int node; /* the kernel's number */
    u64 pages, wrong, untold;
};

static struct kind kinds[KINDS_MAX];
static u32 kind_count;

static struct kind *kind_of(const char *what, int node)
{
    for (u32 i = 0; i < kind_count; i++) {
        if (kinds[i].node == node && !strcmp(kinds[i].what, what))
            return &kinds[i];
    }
    if (kind_count == KINDS_MAX)
        return NULL;
    kinds[kind_count] = (struct kind){.what = what, .node = node};
    return &kinds[kind_count++];
}

/* move_pages(2): what was never touched is ENOENT, or EFAULT when it is the page of zeros. */
static void count_page(struct kind *kind, int status)
{
    if (status == -ENOENT || status == -EFAULT)
        return;
    kind->pages++;
    kind->untold += status < 0;
    kind->wrong += kind->node >= 0 && status >= 0 && status != kind->node;
}

static void look_at(const char *what, const void *memory, size_t size, size_t page, int node,
                    void *context)
{
    struct kind *kind = kind_of(what, node);
    u64 at = (u64)memory & ~(u64)(page - 1), end = (u64)memory + size;
    void *pages[BATCH];
    int status[BATCH];

    (void)context;
    while (kind && at < end) {
        u32 count = 0;
        long ret;

        for (; count < BATCH && at < end; at += page)
            pages[count++] = (void *)at;
        ret = bp_host(SYS_move_pages, 0, count, pages, NULL, status, 0);
        for (u32 i = 0; i < count; i++)
            count_page(kind, bp_is_error(ret) ? (int)ret : status[i]);
    }
}

static void look_at_map(const char *what, const void *memory, size_t size, u32 node, void *context)
{
    look_at(what, memory, size, BP_PAGE_SIZE, BP_NUMA ? (int)bp_nodes[node].number : 0, context);
}

static void look_at_stack(const void *memory, size_t size, u32 node, void *context)
{
    look_at_map("threads' stacks", memory, size, node, context);
}

static void look_at_program(const void *memory, size_t size, u32 node, void *context)
{
    look_at_map("programs' stacks", memory, size, node, context);
}

static void look_at_workers(void)
{
    for (u32 node = 0; node < BP_NODES; node++) {
        struct bp_arena_part part = bp_arena_part(node);

        look_at_map("arena", part.start, part.size, node, NULL);
    }
    bp_node_each(look_at_map, NULL);
    bp_threads_each_stack(look_at_stack, NULL);
    bp_slots_each_stack(look_at_program, NULL);
}

u32 bp_main_placement_print(char *buffer, u32 size)
{
    u32 at;

    kind_count = 0;
    if (BP_NUMA)
        look_at_workers();
    if (BP_HAS_NIC)
        bp_nics_each_memory(look_at, NULL);
    at = (u32)bp_snprintf(buffer, size, "{\"format_version\":1,\"memory\":[");
    for (u32 i = 0; i < kind_count && at < size; i++) {
        const struct kind *kind = &kinds[i];

        at += (u32)bp_snprintf(
            buffer + at, size - at,
            "%s{\"what\":\"%s\",\"node\":%d,\"pages\":%llu,\"wrong\":%llu,\"untold\":%llu}",
            i ? "," : "", kind->what ? kind->what : "", kind->node, (unsigned long long)kind->pages,
            (unsigned long long)kind->wrong, (unsigned long long)kind->untold);
    }
    if (at < size)
        at += (u32)bp_snprintf(buffer + at, size - at, "]}\n");
    return at;
}
