/*
 * The configuration of the generic binary: constants that the generator would have taken from a
 * spec take their largest sensible value here, and what may differ per run is read from the command
 * line (main/args.h). A generated out/<name>/include/bp_config.h defines exactly the same names.
 */
#ifndef BP_CONFIG_H
#define BP_CONFIG_H

/* Raised whenever a generated header and the runtime would no longer fit together. */
#define BP_CONFIG_ABI 2

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
    /* 1 when the machine has several NUMA nodes: memory is bound to those that the plan says. */
    BP_NUMA = 0,
    /* NUMA nodes that workers are on. */
    BP_NODES = 1,
    /* 1 when programs are named on the command line, 0 when they are the config's. */
    BP_PROGRAMS_GIVEN = 1,
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

    /* The network stack of each worker. Interfaces: devices and their VLANs. */
    BP_NET_INTERFACES_MAX = 8,
    BP_NET_ADDRESSES_MAX = 32,
    BP_NET_ROUTES_MAX = 64,
    /* 1 when there are own IPv6 addresses: otherwise the stack has no IPv6. */
    BP_NET_HAS_IPV6 = 1,
    /* 1 when interfaces may be VLANs of a device. */
    BP_NET_HAS_VLAN = 1,
    /* enum bp_device_offloads: those that a device may have. */
    BP_NET_OFFLOADS = 0x1f,
    /* Congestion control of TCP over NICs, unless a program asks for another: its number in
     * net/tcp_congestion.def. */
    BP_TCP_CONGESTION = 0,
    /* Neighbours on all links, and packets that wait for the address of one. */
    BP_NET_NEIGHBOURS = 1024,
    BP_NET_NEIGHBOUR_QUEUE = 8,
    /* Datagrams being reassembled, and fragments kept for all of them. */
    BP_NET_REASSEMBLIES = 64,
    BP_NET_FRAGMENTS = 512,
    /* Destinations known to be behind a narrow path; a multiple of four. */
    BP_NET_PATH_MTUS = 256,
    /* Packets to own addresses that wait for the next poll; a power of two. */
    BP_NET_LOOPBACK = 256,
    /* Multicast groups joined on all interfaces. */
    BP_NET_GROUPS = 64,
    /* Lists in which UDP endpoints are found by hash: as many as there are endpoints, or fewer. */
    BP_NET_UDP_BUCKETS = 1024,
    /* 1 when there are NICs: the floors nic and net are part of the binary. */
    BP_HAS_NIC = BP_GENERIC_HAS_NIC,
};

#endif
