#include "base/undo.h"
#include "base/arena_base.h"
#include "base/fault.h"

struct bp_undo *bp_undo;

void bp_undo_note(const void *word, u32 size)
{
    u32 n = bp_undo->count;
    u64 value = 0;

    BP_BUG_ON(n == BP_UNDO_MAX);
    BP_FAULT_POINT();
    memcpy(&value, word, size);
    bp_undo->words[n].address = (u64)word & ~(0xffULL << 56);
    bp_undo->words[n].size = (u8)size;
    bp_undo->words[n].value = value;
    __asm__ volatile("" : : : "memory");
    WRITE_ONCE(bp_undo->count, n + 1);
    __asm__ volatile("" : : : "memory");
}

void bp_undo_link(struct bp_list *pos, struct bp_list *node)
{
    bp_set(node->next, pos);
    bp_set(node->prev, pos->prev);
    bp_set(pos->prev->next, node);
    bp_set(pos->prev, node);
}

void bp_undo_unlink(struct bp_list *node)
{
    bp_set(node->prev->next, node->next);
    bp_set(node->next->prev, node->prev);
    bp_set(node->next, node);
    bp_set(node->prev, node);
}

/* What is private to a process ends with it. */
static bool is_shared(u64 address)
{
    return address - BP_ARENA_BASE < 1ULL << BP_ARENA_SHIFT;
}

void bp_undo_all(struct bp_undo *undo)
{
    for (u32 n = BP_MIN(undo->count, (u32)BP_UNDO_MAX); n--;) {
        u64 address = undo->words[n].address;

        if (is_shared(address))
            memcpy((void *)address, &undo->words[n].value, undo->words[n].size);
    }
    bp_store_release(&undo->count, 0);
}
