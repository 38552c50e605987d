/*
 * Statistics: plain counters in a shared-memory region of their own, which other processes (the
 * Node binding, top) map read-only. The region describes itself, so that a reader needs no
 * knowledge of this build:
 *
 *     struct bp_stats_header | names: (worker_stats + app_stats) x 32 bytes | app names: app_rows x
 * 32 bytes | worker rows: worker_rows x worker_stats x u64 | app rows: app_rows x app_stats x u64
 *
 * Each row has one writer at a time (a worker), so counting takes no atomics; readers see each
 * counter whole.
 */
#ifndef BP_BASE_STATS_H
#define BP_BASE_STATS_H

#include "base/base.h"
#include "base/percpu.h"

enum bp_worker_stat {
#define BP_WORKER_STAT(id, name, help) BP_STAT_##id,
#define BP_APP_STAT(id, name, help)
#include "base/stats.def"
#undef BP_WORKER_STAT
#undef BP_APP_STAT
    BP_WORKER_STATS
};

enum bp_app_stat {
#define BP_WORKER_STAT(id, name, help)
#define BP_APP_STAT(id, name, help) BP_APP_STAT_##id,
#include "base/stats.def"
#undef BP_WORKER_STAT
#undef BP_APP_STAT
    BP_APP_STATS
};

enum {
    BP_STATS_NAME = 32
};

struct bp_stats_header {
    char magic[8]; /* "bpstats\1" */
    u32 header_bytes;
    u32 worker_rows, worker_stats;
    u32 app_rows, app_stats;
    u32 pid; /* of the runtime's process */
};

/* Creates the region. Returns its descriptor (a sealed memfd that others may only map for reading)
 * or negative errno. */
int bp_stats_init(u32 workers, u32 apps);

/* The row of a worker or a program: BP_WORKER_STATS or BP_APP_STATS counters. Valid before init too
 * (then uncounted). */
u64 *bp_stats_worker_row(u32 worker);
u64 *bp_stats_app_row(u32 app);
/* A row that nobody reads: of a forked process's worker. */
u64 *bp_stats_uncounted(void);
void bp_stats_set_app_name(u32 app, const char *name);

/* Counts on the current worker. */
BP_INLINE void bp_stat_add(enum bp_worker_stat id, u64 n)
{
    bp_percpu()->stats[id] += n;
}

BP_INLINE void bp_stat_inc(enum bp_worker_stat id)
{
    bp_stat_add(id, 1);
}

#endif
