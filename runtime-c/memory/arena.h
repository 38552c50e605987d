/*
 * The arena: one MAP_SHARED region, at the same address in every process of the runtime, that holds
 * whatever more than one process may touch (open file descriptions, channels, wait queues,
 * statistics). Pointers into the arena are therefore valid in each of them; pointers out of it
 * (code, private memory) must not be stored in it.
 *
 * Programs map nothing there, nor in the page below, and no call may write there for them
 * (base/uaccess.h).
 *
 * Pages are taken from the host when first touched and are zero then.
 */
#ifndef BP_MEMORY_ARENA_H
#define BP_MEMORY_ARENA_H

#include "base/uaccess.h"

/* Creates and maps the arena. Ends the process with a message when the address is taken or memory
 * is denied. */
void bp_arena_init(void);

/*
 * Takes size bytes (rounded up to pages) that start at a page. Never given back except through
 * bp_arena_free. Returns NULL when the arena is exhausted. Any worker; locks inside.
 */
void *bp_arena_alloc(size_t size);

/* The same, and a pointer in the arena, at `to`, to it: killed over it, we have either both or
 * none. */
void *bp_arena_alloc_to(void *to, size_t size);

/* The memory goes back to the host at once; only the addresses stay with us. What was noted before
 * (base/undo.h: that it is nobody's any more) is whole with that. */
void bp_arena_free(void *ptr, size_t size);

/* For what is soon wanted again: all of it is zero, and stays with us. */
void bp_arena_free_zeroed(void *ptr, size_t size);

#endif
