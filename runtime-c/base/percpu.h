/*
 * What the GS base points at: the state of the worker that runs on this kernel thread. The entry
 * code addresses the first fields by number, so their offsets are fixed here and asserted. While a
 * program runs, GS holds this too, except on threads that have set a GS base of their own
 * (entry/gs.h).
 */
#ifndef BP_BASE_PERCPU_H
#define BP_BASE_PERCPU_H

#define BP_PC_SELF 0
#define BP_PC_HANDLER_SP 8
#define BP_PC_USER_SP 16
#define BP_PC_ENTRY 24
#define BP_PC_ENTRY_DEAD 32
#define BP_PC_THREAD 40
#define BP_PC_SCRATCH 48
#define BP_PC_CPU 56
#define BP_PC_EXIT_WORK 60
#define BP_PC_STATS 64

#ifndef __ASSEMBLER__
#include "base/base.h"

struct bp_thread;

/* What an exit to the program has to see to. */
enum bp_exit_work {
    BP_EXIT_LOOKS = 1, /* at signals, kills, the tick and the program's GS base */
    BP_EXIT_RINGS = 2, /* at other processes' doorbells alone */
};

struct bp_percpu {
    struct bp_percpu *self;
    u64 handler_sp;           /* top of the current thread's handler stack */
    u64 user_sp;              /* scratch of the entry: the program's stack pointer */
    u64 entry;                /* address of bp_entry; thunks call through it */
    u64 entry_dead;           /* address of bp_entry_dead: no vector register is live at the site */
    struct bp_thread *thread; /* the current user thread; NULL in the worker's own context */
    u64 scratch;   /* the instruction pointer that a signal handler redirected away from */
    u32 cpu;       /* index of the worker, 0 .. BP_WORKERS_MAX - 1 */
    u32 exit_work; /* not 0: the exit to the program has something to see to (enum bp_exit_work) */
    u64 *stats;    /* this worker's row of counters (base/stats.h) */
    u32 node;      /* where its memory lies (memory/node.h) */
};

BP_STATIC_ASSERT(offsetof(struct bp_percpu, self) == BP_PC_SELF, "entry.S");
BP_STATIC_ASSERT(offsetof(struct bp_percpu, handler_sp) == BP_PC_HANDLER_SP, "entry.S, thunks");
BP_STATIC_ASSERT(offsetof(struct bp_percpu, user_sp) == BP_PC_USER_SP, "entry.S, thunks");
BP_STATIC_ASSERT(offsetof(struct bp_percpu, entry) == BP_PC_ENTRY, "thunks");
BP_STATIC_ASSERT(offsetof(struct bp_percpu, entry_dead) == BP_PC_ENTRY_DEAD, "thunks");
BP_STATIC_ASSERT(offsetof(struct bp_percpu, thread) == BP_PC_THREAD, "percpu.h");
BP_STATIC_ASSERT(offsetof(struct bp_percpu, scratch) == BP_PC_SCRATCH, "entry.S");
BP_STATIC_ASSERT(offsetof(struct bp_percpu, cpu) == BP_PC_CPU, "percpu.h");
BP_STATIC_ASSERT(offsetof(struct bp_percpu, stats) == BP_PC_STATS, "entry.S");
BP_STATIC_ASSERT(offsetof(struct bp_percpu, exit_work) == BP_PC_EXIT_WORK, "entry.S");

/*
 * The worker's state. Not cached across a park: the thread may continue on another worker, hence
 * volatile.
 */
BP_INLINE struct bp_percpu *bp_percpu(void)
{
    struct bp_percpu *pc;

    __asm__ volatile("movq %%gs:%c1, %0" : "=r"(pc) : "i"(BP_PC_SELF));
    return pc;
}

BP_INLINE u32 bp_cpu(void)
{
    u32 cpu;

    __asm__ volatile("movl %%gs:%c1, %0" : "=r"(cpu) : "i"(BP_PC_CPU));
    return cpu;
}

/* Segment bases by instruction (FSGSBASE; the start refuses to run without it). */
BP_INLINE u64 bp_rdfsbase(void)
{
    u64 base;

    __asm__ volatile("rdfsbase %0" : "=r"(base));
    return base;
}

BP_INLINE void bp_wrfsbase(u64 base)
{
    __asm__ volatile("wrfsbase %0" : : "r"(base) : "memory");
}

BP_INLINE u64 bp_rdgsbase(void)
{
    u64 base;

    __asm__ volatile("rdgsbase %0" : "=r"(base));
    return base;
}

BP_INLINE void bp_wrgsbase(u64 base)
{
    __asm__ volatile("wrgsbase %0" : : "r"(base) : "memory");
}

/* The current user thread, or NULL in a worker's own context. */
BP_INLINE struct bp_thread *bp_current(void)
{
    struct bp_thread *thread;

    __asm__ volatile("movq %%gs:%c1, %0" : "=r"(thread) : "i"(BP_PC_THREAD));
    return thread;
}
#endif

#endif
