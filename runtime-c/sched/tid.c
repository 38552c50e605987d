#include "sched/tid.h"
#include "memory/arena.h"

#include <errno.h>

enum {
    FIRST = 1 << 22, /* above every pid that the host can give (PID_MAX_LIMIT) */
    END = 1 << 30,   /* futex words have no more bits for it (FUTEX_TID_MASK) */
    TIDS_MAX = 1 << 16,
};

/* In the arena. An id's place is its low bits; the next id is a new one as long as possible. */
static struct {
    u32 next;
    u32 used_end;          /* no place from here on was ever taken */
    u64 holders[TIDS_MAX]; /* id << 32 | program; 0: free */
} * table;

int bp_tids_init(void)
{
    table = bp_arena_alloc(sizeof(*table));
    if (!table)
        return -ENOMEM;
    table->next = table->used_end = 0;
    return 0;
}

static u32 next_id(void)
{
    return FIRST + __atomic_fetch_add(&table->next, 1, __ATOMIC_RELAXED) % (END - FIRST);
}

static void note_used(u32 place)
{
    u32 end = READ_ONCE(table->used_end);

    while (place >= end && !__atomic_compare_exchange_n(&table->used_end, &end, place + 1, true,
                                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
}

u32 bp_tid_take(u32 pid)
{
    for (u32 tried = 0; tried < TIDS_MAX; tried++) {
        u32 tid = next_id();
        u64 free = 0;

        note_used(tid % TIDS_MAX);
        if (__atomic_compare_exchange_n(&table->holders[tid % TIDS_MAX], &free,
                                        (u64)tid << 32 | pid, false, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED))
            return tid;
    }
    return 0;
}

void bp_tid_give(u32 tid)
{
    if (tid >= FIRST)
        bp_store_release(&table->holders[tid % TIDS_MAX], 0);
}

u32 bp_tid_program(u32 tid)
{
    u64 holder = tid < FIRST ? 0 : bp_load_acquire(&table->holders[tid % TIDS_MAX]);

    return holder >> 32 == tid ? (u32)holder : 0;
}

void bp_tids_bury(u32 pid)
{
    for (u32 i = 0; i < READ_ONCE(table->used_end); i++) {
        if ((u32)READ_ONCE(table->holders[i]) == pid)
            bp_store_release(&table->holders[i], 0);
    }
}
