/*
 * Death in the middle of a change. A forked process may be killed between any two instructions,
 * while it changes what others use, too. So it notes each word of the arena that it changes under a
 * lock before it does: where it is, and what it held. Whoever then finds it dead puts back what was
 * noted, the newest first, before its locks may be taken from it (bp_lock_owner_is_dead).
 *
 * At each bp_unlock the notes are thrown away: what was changed since the last one is whole then,
 * and others may build on it. Hence the rules for structures in the arena:
 *
 * - Words that mean something together are changed with bp_set, bp_link and bp_unlink, with no
 *   bp_unlock in between, also of another lock.
 * - An object that is taken from a pool is linked, and one that is unlinked is given back, before
 *   the next bp_unlock; else it is entered in the thread's hand meanwhile (sched/hand.h).
 * - What a word tells to those who look at it without a lock is true at once: bytes are there
 *   before they are counted.
 * - Whoever is to be told of a change is named before it (bp_undo_owe): should nobody come to tell
 *   him, he is told in the dead one's place.
 *
 * Words that nobody could know of yet (a new object, a free one) need no note. The launcher notes
 * nothing, since everybody ends with it: a runtime whose programs never fork pays nothing.
 */
#ifndef BP_BASE_UNDO_H
#define BP_BASE_UNDO_H

#include "base/base.h"
#include "base/list.h"
#include "bp_config.h"

enum {
    BP_UNDO_MAX = 256, /* words that are changed between two unlocks */
    BP_UNDO_OWED = 4,  /* the most recent ones; one call changes fewer before it tells */
};

/* In the arena, where others find it; one for each forked process, which has one worker. */
struct bp_undo {
    u32 count;
    u32 next_owed;
    void *owed[BP_UNDO_OWED];
    struct {
        u64 address : 56, size : 8;
        u64 value;
    } words[BP_UNDO_MAX];
};

/* This process's, or NULL when nobody would outlive it. */
extern struct bp_undo *bp_undo;

BP_COLD void bp_undo_note(const void *word, u32 size);

/* Puts back what a dead process had noted. May be done again, when its doer was killed over it. */
void bp_undo_all(struct bp_undo *undo);

/* All that was changed is whole. */
BP_INLINE void bp_undo_forget(void)
{
    if (likely(!bp_undo))
        return;
    __asm__ volatile("" : : : "memory"); /* x86 keeps the order of stores, and so must gcc */
    WRITE_ONCE(bp_undo->count, 0);
    __asm__ volatile("" : : : "memory");
}

/* Someone (a struct bp_file) will have to be told of the change that follows. */
BP_INLINE void bp_undo_owe(void *to)
{
    if (!BP_MAY_SHARE || likely(!bp_undo))
        return;
    WRITE_ONCE(bp_undo->owed[bp_undo->next_owed], to);
    bp_undo->next_owed = (bp_undo->next_owed + 1) % BP_UNDO_OWED;
}

/* Changes a word that others share. alone: a constant; nobody shares it now. */
#define bp_set_unless(alone, place, new_value)             \
    do {                                                   \
        if (!BP_MAY_SHARE || (alone)) {                    \
            (place) = (__typeof__(place))(new_value);      \
            break;                                         \
        }                                                  \
        if (unlikely(bp_undo != NULL))                     \
            bp_undo_note(&(place), sizeof(place));         \
        WRITE_ONCE(place, (__typeof__(place))(new_value)); \
    } while (0)
#define bp_set(place, new_value) bp_set_unless(false, place, new_value)

BP_COLD void bp_undo_link(struct bp_list *pos, struct bp_list *node);
BP_COLD void bp_undo_unlink(struct bp_list *node);

/* As bp_list_add_tail, bp_list_add_head and bp_list_del. */
BP_INLINE void bp_link_tail(struct bp_list *pos, struct bp_list *node)
{
    if (!BP_MAY_SHARE || likely(!bp_undo))
        bp_list_add_tail(pos, node);
    else
        bp_undo_link(pos, node);
}

BP_INLINE void bp_link_head(struct bp_list *pos, struct bp_list *node)
{
    bp_link_tail(pos->next, node);
}

BP_INLINE void bp_unlink(struct bp_list *node)
{
    if (!BP_MAY_SHARE || likely(!bp_undo))
        bp_list_del(node);
    else
        bp_undo_unlink(node);
}

#endif
