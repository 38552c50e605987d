/*
 * The arena: one MAP_SHARED region, at the same address in every process of the runtime, that holds
 * whatever more than one process may touch (open file descriptions, channels, wait queues,
 * statistics). Pointers into the arena are therefore valid in each of them; pointers out of it
 * (code, private memory) must not be stored in it.
 *
 * Programs map nothing there, nor in the page below, and no call may write there for them
 * (base/uaccess.h).
 *
 * Pages are taken from the host when first touched and are zero then. Where workers are on several
 * NUMA nodes, each node has a part of it (memory/node.h).
 */
#ifndef BP_MEMORY_ARENA_H
#define BP_MEMORY_ARENA_H

#include "base/uaccess.h"
#include "memory/node.h"

/* Creates and maps the arena. Ends the process with a message when the address is taken or memory
 * is denied. */
void bp_arena_init(void);

/*
 * Takes size bytes (rounded up to pages) that start at a page. Never given back except through
 * bp_arena_free. On the caller's node, while there is room. Returns NULL when the arena is
 * exhausted. Any worker; locks inside.
 */
void *bp_arena_alloc(size_t size);

/* The same on one node, and on no other. */
void *bp_arena_alloc_on(u32 node, size_t size);

/* The same, and a pointer in the arena, at `to`, to it: killed over it, we have either both or
 * none. */
void *bp_arena_alloc_to(void *to, size_t size);

/* The memory goes back to the host at once; only the addresses stay with us. What was noted before
 * (base/undo.h: that it is nobody's any more) is whole with that. */
void bp_arena_free(void *ptr, size_t size);

/* For what is soon wanted again: all of it is zero, and stays with us. */
void bp_arena_free_zeroed(void *ptr, size_t size);

/* The node that an object in the arena is on. */
BP_INLINE u32 bp_arena_node(const void *object)
{
    u64 start = BP_ARENA_BASE;

    for (u32 node = 0; node + 1 < BP_NODES; node++) {
        start += (u64)bp_nodes[node].arena_mib << 20;
        if ((u64)object < start)
            return node;
    }
    return BP_NODES - 1;
}

/* What of a node's part has been handed out. */
struct bp_arena_part {
    const void *start;
    size_t size;
};
struct bp_arena_part bp_arena_part(u32 node);

#endif
