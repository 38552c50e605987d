/*
 * The configuration of the generic binary: constants that the generator would have taken from a
 * spec take their largest sensible value here, and what may differ per run is read from the command
 * line (main/args.h). A generated out/<name>/include/bp_config.h defines exactly the same names.
 */
#ifndef BP_CONFIG_H
#define BP_CONFIG_H

/* Raised whenever a generated header and the runtime would no longer fit together. */
#define BP_CONFIG_ABI 1

/* 1 in the binary that takes its configuration at run time, 0 in one that the generator
 * specialised. */
#define BP_GENERIC 1

/* NICs are linked in, so even this binary knows at build time whether there are any. */
#ifndef BP_GENERIC_HAS_NIC
#define BP_GENERIC_HAS_NIC 0
#endif

enum {
    /* Workers (kernel threads that run programs): the most there can be, at most one per core. */
    BP_WORKERS_MAX = 16,
    /* Programs in one process: each owns an address-space slot. */
    BP_APPS_MAX = 32,
    /* 1 when several workers or processes may touch the arena; 0 removes locks and atomics. */
    BP_MAY_SHARE = 1,
    /* 1 when programs may fork. */
    BP_HAS_FORK = 1,
    /* Preemption tick in microseconds; it runs only while a ready thread waits. */
    BP_TICK_USEC = 4000,
    /* How long an idle worker spins before it sleeps, in microseconds; 0 sleeps at once. */
    BP_IDLE_SPIN_USEC = 0,
    /* Address space reserved for the arena in MiB; memory is taken only when touched. */
    BP_ARENA_MIB = 65536,
    /* 1 to ask for huge pages for the arena (falls back to small pages with a message). */
    BP_ARENA_HUGE = 0,
    /* Bytes that one direction of a local stream may hold before the sender waits (as
     * net.core.wmem_max). */
    BP_STREAM_LIMIT = 262144,
    /* 1 when the IPv6 loopback and own IPv6 addresses take the fast path too. */
    BP_HAS_IPV6 = 1,
    /* 1 when there are NICs: the floors nic and net are part of the binary. */
    BP_HAS_NIC = BP_GENERIC_HAS_NIC,
};

#endif
