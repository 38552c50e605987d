#include "sched/hand.h"
#include "memory/arena.h"

enum {
    KIND_SHIFT = 56,
    FEW_HANDS = 16,
};

struct bp_estate *bp_estate;

static u64 address_of(u64 thing)
{
    return thing & ((1ULL << KIND_SHIFT) - 1);
}

struct bp_estate *bp_estate_create(struct bp_estate **to)
{
    struct bp_estate *estate = bp_arena_alloc_to(to, sizeof(*estate));

    if (!estate)
        return NULL;
    bp_list_init(&estate->watches);
    bp_list_init(&estate->waiters);
    return estate;
}

/* Giving memory back to the host, and getting it again with the next fork, costs more than clearing
 * a little of it. */
void bp_estate_destroy(struct bp_estate *estate)
{
    if (estate->hands_end > FEW_HANDS) {
        bp_arena_free(estate, sizeof(*estate));
        return;
    }
    memset(estate, 0, offsetof(struct bp_estate, hands) + FEW_HANDS * sizeof(estate->hands[0]));
    bp_arena_free_zeroed(estate, sizeof(*estate));
}

void bp_estate_enter(struct bp_estate *estate)
{
    bp_estate = estate;
    bp_undo = &estate->undo;
}

static struct bp_hand *hand_of_thread(void)
{
    u32 id = bp_current() ? bp_current()->id : 0;

    bp_estate->hands_end = BP_MAX(bp_estate->hands_end, id + 1);
    return &bp_estate->hands[id];
}

static u64 *thing(struct bp_hand *hand, u64 n)
{
    return n < BP_HAND_MAX ? &hand->things[n] : &hand->more[n - BP_HAND_MAX];
}

bool bp_hand_widen(u32 things)
{
    u64 bytes = BP_ALIGN_UP((u64)things * sizeof(u64), (u64)BP_PAGE_SIZE);
    struct bp_hand *hand;

    if (!bp_undo)
        return true;
    hand = hand_of_thread();
    if (hand->more)
        return false; /* one call at a time */
    bp_set(hand->more_bytes, bytes);
    if (bp_arena_alloc_to(&hand->more, bytes))
        return true;
    hand->more_bytes = 0;
    return false;
}

static void narrow(struct bp_hand *hand)
{
    u64 *more = hand->more;
    u64 bytes = hand->more_bytes;

    if (!more)
        return;
    bp_set(hand->more, NULL);
    bp_set(hand->more_bytes, 0);
    bp_arena_free(more, bytes);
}

void bp_hand_narrow(void)
{
    if (bp_undo)
        narrow(hand_of_thread());
}

void bp_hand_take_slow(u32 kind, const void *object)
{
    struct bp_hand *hand = hand_of_thread();
    u64 n = hand->count;

    BP_BUG_ON(n >= BP_HAND_MAX + hand->more_bytes / sizeof(u64));
    *thing(hand, n) = (u64)kind << KIND_SHIFT | (u64)object;
    bp_set(hand->count, n + 1);
}

static bool put_from(struct bp_hand *hand, const void *object)
{
    u64 last = hand->count - 1;

    for (u64 n = hand->count; n--;) {
        if (address_of(*thing(hand, n)) != (u64)object)
            continue;
        bp_set(*thing(hand, n), *thing(hand, last));
        bp_set(hand->count, last);
        return true;
    }
    return false;
}

/* One thread's call may end what another one's began. */
void bp_hand_put_slow(const void *object)
{
    if (put_from(hand_of_thread(), object))
        return;
    for (u32 id = 0; id < bp_estate->hands_end; id++) {
        if (put_from(&bp_estate->hands[id], object))
            return;
    }
}

bool bp_hands_inherit(struct bp_estate *estate, u32 *kind, void **object)
{
    for (u32 id = 0; id < estate->hands_end; id++) {
        struct bp_hand *hand = &estate->hands[id];

        if (!hand->count) {
            narrow(hand);
            continue;
        }
        *kind = (u32)(*thing(hand, hand->count - 1) >> KIND_SHIFT);
        *object = (void *)address_of(*thing(hand, hand->count - 1));
        bp_hand_take(*kind, *object);
        bp_set(hand->count, hand->count - 1);
        bp_undo_forget();
        return true;
    }
    return false;
}
