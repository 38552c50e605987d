/*
 * NUMA nodes. The plan says on which node each worker's memory lies: it is bound there before it is
 * first touched, strictly, so that a node that is full is a failure and not a slow run. Where
 * the machine has one node (BP_NUMA is 0) nothing is bound.
 */
#ifndef BP_MEMORY_NODE_H
#define BP_MEMORY_NODE_H

#include "base/base.h"
#include "base/percpu.h"
#include "bp_config.h"

/* A node that workers are on. */
struct bp_node {
    u32 number;    /* the kernel's */
    u32 arena_mib; /* of the arena; even numbers, so that the parts are of whole huge pages */
};

/* BP_NODES of them; only where BP_NUMA. The first is that of worker 0, and what belongs to no
 * worker lies there. In a generated out/<name>/src/bp_tables.c. */
extern const struct bp_node bp_nodes[];
extern const u8 bp_worker_nodes[]; /* of each worker: an index into bp_nodes */

BP_INLINE u32 bp_node_of_worker(u32 worker)
{
    return BP_NODES > 1 ? bp_worker_nodes[worker] : 0;
}

/* The calling worker's; on any other thread, that of worker 0. */
BP_INLINE u32 bp_node_here(void)
{
    return BP_NODES > 1 && bp_rdgsbase() ? bp_percpu()->node : 0;
}

/* Whole pages that nobody has touched yet are to lie on a node; a kernel that refuses is told of
 * once, and decides then. */
void bp_node_bind(const void *memory, size_t size, u32 node);

/*
 * Private memory, zero, on a node, for the life of the process; what: for people, static. Returns
 * NULL when there is none. Any thread.
 */
void *bp_node_map(const char *what, size_t size, u32 node);

/* Calls each for what bp_node_map has given; only where BP_NUMA. */
void bp_node_each(void (*each)(const char *what, const void *memory, size_t size, u32 node,
                               void *context),
                  void *context);

#endif
