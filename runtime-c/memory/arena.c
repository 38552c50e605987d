#include "memory/arena.h"
#include "base/host.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/undo.h"
#include "bp_config.h"

#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* The first page of the arena. Everything else is found from here. */
struct arena_header {
    struct bp_lock lock;
    struct part {
        u64 next, end; /* offsets: of the first page never handed out, and behind the part */
        void *freed;   /* ranges given back, linked through their first bytes, one list for all
                          sizes */
    } parts[BP_NODES];
};
BP_STATIC_ASSERT(sizeof(struct arena_header) <= BP_PAGE_SIZE, "a page");

struct freed_range {
    struct freed_range *next;
    size_t size;
};

static struct arena_header *header(void)
{
    return (struct arena_header *)BP_ARENA_BASE;
}

/* In whole huge pages, also when it is of small ones. */
static long create(u32 flags)
{
    u64 size = BP_ALIGN_UP((u64)BP_ARENA_MIB << 20, 2ULL << 20);
    long fd = bp_host(SYS_memfd_create, "bypassgen-arena", MFD_CLOEXEC | flags);
    long ret;

    if (bp_is_error(fd))
        return fd;
    ret = bp_host(SYS_ftruncate, fd, size);
    if (!bp_is_error(ret))
        ret = bp_host(SYS_mmap, BP_ARENA_BASE, size, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_FIXED_NOREPLACE | MAP_NORESERVE, fd, 0);
    bp_host(SYS_close, fd);
    return ret;
}

/* Nobody gets these addresses, and whoever touches them faults. */
static long keep_unmapped(u64 start, u64 len)
{
    return bp_host(SYS_mmap, start, len, PROT_NONE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
}

static u64 part_size(u32 node)
{
    return (u64)(BP_NUMA ? bp_nodes[node].arena_mib : BP_ARENA_MIB) << 20;
}

/* Before anything is touched. The policy is the memory's own: forked processes have it, too. */
static void bind_parts(void)
{
    u64 start = BP_ARENA_BASE;

    for (u32 node = 0; node < BP_NODES; node++) {
        bp_node_bind((void *)start, part_size(node), node);
        start += part_size(node);
    }
}

static void begin_parts(void)
{
    u64 start = 0;

    for (u32 node = 0; node < BP_NODES; node++) {
        header()->parts[node].next = start;
        header()->parts[node].end = start += part_size(node);
    }
    header()->parts[0].next = BP_PAGE_SIZE;
}

void bp_arena_init(void)
{
    long ret = -1;

    if (BP_ARENA_HUGE) {
        ret = create(MFD_HUGETLB | MFD_HUGE_2MB);
        if (bp_is_error(ret))
            bp_log("no huge pages for the arena (error %ld): using small pages; "
                   "reserve some in /sys/kernel/mm/hugepages for full speed",
                   -ret);
    }
    if (bp_is_error(ret))
        ret = create(0);
    if (!bp_is_error(ret))
        ret = keep_unmapped(BP_ARENA_BASE - BP_PAGE_SIZE, BP_PAGE_SIZE);
    if (bp_is_error(ret))
        bp_fatal(BP_EXIT_ENVIRONMENT,
                 "cannot map the arena of %d MiB at %p: error %ld; raise the limit on address "
                 "space (ulimit -v) or choose a smaller policy.arena.sizeMiB",
                 BP_ARENA_MIB, (void *)BP_ARENA_BASE, -ret);
    if (BP_NUMA)
        bind_parts();
    begin_parts();
}

static void *take_freed(struct part *part, size_t size)
{
    struct freed_range **link = (struct freed_range **)&part->freed;

    for (; *link; link = &(*link)->next) {
        struct freed_range *range = *link;

        if (range->size == size) {
            bp_set(*link, range->next);
            bp_set(range->next, NULL);
            bp_set(range->size, 0);
            return range;
        }
    }
    return NULL;
}

static void *take(struct part *part, size_t size)
{
    void *ptr = take_freed(part, size);

    if (!ptr && part->end - part->next >= size) {
        ptr = (void *)(BP_ARENA_BASE + part->next);
        bp_set(part->next, part->next + size);
    }
    return ptr;
}

void *bp_arena_alloc_on(u32 node, size_t size)
{
    struct arena_header *h = header();
    void *ptr;

    bp_lock(&h->lock);
    ptr = take(&h->parts[node], BP_ALIGN_UP(size, (size_t)BP_PAGE_SIZE));
    bp_unlock(&h->lock);
    return ptr;
}

void *bp_arena_alloc(size_t size)
{
    void *ptr;

    return bp_arena_alloc_to(&ptr, size);
}

void *bp_arena_alloc_to(void *to, size_t size)
{
    struct arena_header *h = header();
    u32 here = bp_node_here();
    void *ptr;

    size = BP_ALIGN_UP(size, (size_t)BP_PAGE_SIZE);
    bp_lock(&h->lock);
    ptr = take(&h->parts[here], size);
    for (u32 node = 0; node < BP_NODES && !ptr; node++)
        ptr = node == here ? NULL : take(&h->parts[node], size);
    bp_set(*(void **)to, ptr);
    bp_unlock(&h->lock);
    return ptr;
}

static void put_freed(struct freed_range *range, size_t size)
{
    struct arena_header *h = header();
    struct part *part = &h->parts[bp_arena_node(range)];

    bp_lock(&h->lock);
    bp_set(range->size, BP_ALIGN_UP(size, (size_t)BP_PAGE_SIZE));
    bp_set(range->next, part->freed);
    bp_set(part->freed, range);
    bp_unlock(&h->lock);
}

void bp_arena_free(void *ptr, size_t size)
{
    bp_host(SYS_madvise, ptr, BP_ALIGN_UP(size, (size_t)BP_PAGE_SIZE), MADV_REMOVE);
    put_freed(ptr, size);
}

void bp_arena_free_zeroed(void *ptr, size_t size)
{
    put_freed(ptr, size);
}

struct bp_arena_part bp_arena_part(u32 node)
{
    struct bp_arena_part part = {.start = (void *)BP_ARENA_BASE};

    for (u32 before = 0; before < node; before++)
        part.start = (const char *)part.start + part_size(before);
    part.size = BP_ARENA_BASE + READ_ONCE(header()->parts[node].next) - (u64)part.start;
    return part;
}
