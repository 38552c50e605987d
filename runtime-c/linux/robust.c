#include "linux/robust.h"
#include "base/uaccess.h"
#include "linux/futex_key.h"

#include <linux/futex.h>

/* As the kernel's: not private. */
static void wake_one(struct bp_task *task, u32 *word)
{
    const struct bp_futex futex = bp_futex_at(task->proc, (u64)word, false);

    bp_futex_wake(&futex, 1, BP_FUTEX_ANY);
}

/* pi: a lock with priority inheritance. If others wait for it, bp_futex_pi_exit has handed it on.
 * False when there is no such word, which ends the walk. */
static bool release_futex(struct bp_task *task, u32 *word, bool pi, bool pending)
{
    u32 value, seen;

    if ((u64)word & 3 || bp_get_user32(&value, word))
        return false;
    /* A lock that was let go between the store and its wake-up, or one never taken. */
    if (pending && !pi && !value) {
        wake_one(task, word);
        return true;
    }
    do {
        if ((value & FUTEX_TID_MASK) != task->tid)
            return true;
        seen = value;
        if (bp_cmpxchg_user32(word, &value, (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED))
            return false;
    } while (value != seen);
    if (value & FUTEX_WAITERS && !pi)
        wake_one(task, word);
    return true;
}

void bp_robust_exit(struct bp_task *task)
{
    const struct robust_list_head *head = (void *)task->robust_list;
    u64 entry, offset, pending;

    if (!head || bp_get_user64(&entry, (u64 *)&head->list.next) ||
        bp_get_user64(&offset, (u64 *)&head->futex_offset) ||
        bp_get_user64(&pending, (u64 *)&head->list_op_pending))
        return;
    /* The limit is Linux's own: the list may be a circle. */
    for (int i = 0; i < ROBUST_LIST_LIMIT && (entry & ~1ULL) != (u64)&head->list; i++) {
        u64 next;
        bool failed = bp_get_user64(&next, (u64 *)(entry & ~1ULL)) != 0;

        if (entry != pending &&
            !release_futex(task, (u32 *)((entry & ~1ULL) + offset), entry & 1, false))
            return;
        if (failed)
            return;
        entry = next;
    }
    if (pending)
        release_futex(task, (u32 *)((pending & ~1ULL) + offset), pending & 1, true);
}
