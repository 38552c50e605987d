/* Creation and end of user threads, and the table that gives them names for the arena. */
#include "base/host.h"
#include "base/log.h"
#include "memory/node.h"
#include "sched/process.h"
#include "sched/sched.h"
#include "sched/vector.h"
#include "sched/worker.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum {
    GUARD_BYTES = BP_PAGE_SIZE,
    STACK_BYTES = 32 << 10,
    /* Finished threads' stacks kept for the next ones, so that a thread-per-request program makes
     * no mappings. */
    STACKS_KEPT = 64,
};

static struct bp_thread *table[BP_THREADS_MAX];
static u32 generations[BP_THREADS_MAX];
static u32 next_free = 1; /* where to look first; index 0 names nobody */
static u32 table_end;     /* no index at or above it was ever used */
static void *kept_stacks[BP_NODES][STACKS_KEPT];
static u32 kept_count[BP_NODES];
static struct bp_lock table_lock;

extern void bp_thread_trampoline(void);
static void fire_timeout(struct bp_timer *timer);

static size_t stack_mapping_size(void)
{
    return BP_ALIGN_UP(GUARD_BYTES + STACK_BYTES + bp_vector_area_size(), (size_t)BP_PAGE_SIZE);
}

/* Layout: guard page | handler stack, growing down | vector area. */
static void *stack_create(u32 node)
{
    void *memory = NULL;
    long ret;

    bp_lock(&table_lock);
    if (kept_count[node])
        memory = kept_stacks[node][--kept_count[node]];
    bp_unlock(&table_lock);
    if (memory)
        return memory;
    ret = bp_host(SYS_mmap, NULL, stack_mapping_size(), PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (bp_is_error(ret))
        return NULL;
    if (BP_NUMA)
        bp_node_bind((void *)ret, stack_mapping_size(), node);
    bp_host(SYS_mprotect, ret, GUARD_BYTES, PROT_NONE);
    return (void *)ret;
}

static void stack_destroy(void *memory, u32 node)
{
    bp_lock(&table_lock);
    if (kept_count[node] < STACKS_KEPT) {
        kept_stacks[node][kept_count[node]++] = memory;
        memory = NULL;
    }
    bp_unlock(&table_lock);
    if (memory)
        bp_host(SYS_munmap, memory, stack_mapping_size());
}

static int table_add(struct bp_thread *thread)
{
    int ret = -EAGAIN;

    bp_lock(&table_lock);
    for (u32 tried = 0; tried < BP_THREADS_MAX; tried++, next_free++) {
        u32 id = next_free % BP_THREADS_MAX;

        if (!id || table[id])
            continue;
        table[id] = thread;
        thread->id = id;
        thread->generation = ++generations[id];
        table_end = BP_MAX(table_end, id + 1);
        ret = 0;
        break;
    }
    bp_unlock(&table_lock);
    return ret;
}

struct bp_thread *bp_thread_of(bp_ref ref)
{
    struct bp_thread *thread;

    if (unlikely(bp_ref_process(ref) != bp_process_self))
        return NULL;
    thread = READ_ONCE(table[(u32)ref % BP_THREADS_MAX]);
    return thread && thread->generation == ref >> 32 ? thread : NULL;
}

void bp_unpark_all(void)
{
    for (u32 i = 0; i < table_end; i++) {
        struct bp_thread *thread = READ_ONCE(table[i]);

        if (thread)
            bp_unpark(thread);
    }
}

void bp_threads_forget_others(void)
{
    for (u32 i = 0; i < table_end; i++) {
        if (table[i] && table[i] != bp_current())
            table[i] = NULL;
    }
    table_lock = (struct bp_lock){0};
}

int bp_thread_init(struct bp_thread *thread, void (*entry)(void *arg), void *arg)
{
    u32 node = bp_node_here();
    char *memory = stack_create(node);
    u64 *sp;
    int ret;

    if (!memory)
        return -ENOMEM;
    memset(thread, 0, sizeof(*thread));
    ret = table_add(thread);
    if (ret) {
        stack_destroy(memory, node);
        return ret;
    }
    thread->stack_memory = memory;
    thread->stack_node = node;
    thread->stack_top = (u64)memory + GUARD_BYTES + STACK_BYTES;
    thread->mxcsr = BP_MXCSR_DEFAULT;
    thread->fpu_cw = BP_FPU_CW_DEFAULT;
    bp_list_init(&thread->run_node);
    bp_timer_init(&thread->timer, fire_timeout);
    bp_vector_area_init((void *)thread->stack_top);
    *(u64 *)(thread->stack_top - BP_STACK_VECTORS_LIVE_BELOW_TOP) = 0;

    /* What bp_switch pops: r15 r14 r13 r12 rbx rbp, return address. The space of an entry frame
     * stays free above. */
    sp = (u64 *)(thread->stack_top - 256);
    *--sp = (u64)bp_thread_trampoline;
    *--sp = 0;
    *--sp = (u64)entry;
    *--sp = (u64)arg;
    *--sp = 0;
    *--sp = 0;
    *--sp = 0;
    thread->switch_sp = (u64)sp;
    return 0;
}

static void fire_timeout(struct bp_timer *timer)
{
    struct bp_thread *thread = container_of(timer, struct bp_thread, timer);

    thread->timed_out = true;
    bp_unpark(thread);
}

void bp_thread_destroy(struct bp_thread *thread)
{
    bp_lock(&table_lock);
    table[thread->id] = NULL;
    bp_unlock(&table_lock);
    stack_destroy(thread->stack_memory, thread->stack_node);
}

/* Those of threads that end meanwhile are kept, or unmapped: what looks at them asks the kernel. */
void bp_threads_each_stack(void (*each)(const void *memory, size_t size, u32 node, void *context),
                           void *context)
{
    size_t size = stack_mapping_size() - GUARD_BYTES;

    bp_lock(&table_lock);
    for (u32 i = 0; i < table_end; i++) {
        if (table[i] && table[i]->stack_memory)
            each((char *)table[i]->stack_memory + GUARD_BYTES, size, table[i]->stack_node, context);
    }
    for (u32 node = 0; node < BP_NODES; node++) {
        for (u32 i = 0; i < kept_count[node]; i++)
            each((char *)kept_stacks[node][i] + GUARD_BYTES, size, node, context);
    }
    bp_unlock(&table_lock);
}
