/*
 * What a thread has in its hand: references and objects that a call has taken out of one structure
 * of the arena and not put into another one yet, or works with over a park. A forked process enters
 * them in the arena, so that they can be given back when it was killed; the changes are noted like
 * others (base/undo.h), so that nothing is ever in two places, or in none. The launcher enters
 * nothing: everything ends with it.
 *
 * What is entered twice is there twice; the order does not matter.
 */
#ifndef BP_SCHED_HAND_H
#define BP_SCHED_HAND_H

#include "base/undo.h"
#include "memory/pool.h"
#include "sched/sched.h"

enum bp_hand_kind {
    BP_HAND_FILE,   /* a reference to a struct bp_file */
    BP_HAND_RIGHTS, /* struct bp_rights */
    BP_HAND_NAME,   /* a reference to a struct bp_unix_name */
    BP_HAND_CHUNK,  /* struct bp_chunk, without rights */
    BP_HAND_POOL,   /* and above: an object of pool (kind - BP_HAND_POOL) without contents */
};

enum {
    BP_HAND_MAX = 21, /* as many as a call can have that does not announce more */
};

/* A thing is an address, and in the top byte what it is. */
struct bp_hand {
    u64 count;
    u64 *more; /* in the arena: things beyond the first, when so many were announced */
    u64 more_bytes;
    u64 things[BP_HAND_MAX];
};

/* What a forked process leaves behind. In the arena. */
struct bp_estate {
    struct bp_undo undo;
    struct bp_list watches; /* of its threads (socket/watch.h), by their member */
    struct bp_list waiters; /* of its threads, at futexes that others share (sched/futex_queue.h) */
    u32 hands_end;          /* no hand at or above it was ever used */
    struct bp_hand hands[BP_THREADS_MAX]; /* by the thread's id; 0: of no thread */
};

/* This process's, or NULL in the launcher. */
extern struct bp_estate *bp_estate;

/* An empty one for a process that is about to be forked, told to *to in the arena
 * (bp_arena_alloc_to). NULL when the arena is exhausted. */
struct bp_estate *bp_estate_create(struct bp_estate **to);
/* Its process has ended, and nothing is in it. */
void bp_estate_destroy(struct bp_estate *estate);
/* In the child: this is ours. */
void bp_estate_enter(struct bp_estate *estate);

void bp_hand_take_slow(u32 kind, const void *object);
void bp_hand_put_slow(const void *object);

/* The thread has it now. */
BP_INLINE void bp_hand_take(u32 kind, const void *object)
{
    if (BP_MAY_SHARE && unlikely(bp_undo))
        bp_hand_take_slow(kind, object);
}

/* It is somewhere else now. Nothing when the hand does not hold it. */
BP_INLINE void bp_hand_put(const void *object)
{
    if (BP_MAY_SHARE && unlikely(bp_undo))
        bp_hand_put_slow(object);
}

/* Before so many things, beyond some, are taken; and after. False when the arena is exhausted. */
bool bp_hand_widen(u32 things);
void bp_hand_narrow(void);

/* An object of a pool that a call works with, over parks too. NULL when the arena is exhausted. */
BP_INLINE void *bp_buffer_get(enum bp_pool_id id)
{
    void *buffer = bp_pool_get(id);

    if (likely(buffer != NULL))
        bp_hand_take(BP_HAND_POOL + id, buffer);
    bp_undo_forget();
    return buffer;
}

BP_INLINE void bp_buffer_put(enum bp_pool_id id, void *buffer)
{
    bp_hand_put(buffer);
    bp_pool_put(id, buffer);
    bp_undo_forget();
}

/* Takes something out of the hands of the dead; false when they are empty. */
bool bp_hands_inherit(struct bp_estate *estate, u32 *kind, void **object);

#endif
