#include "sched/wheel.h"
#include "base/clock.h"

void bp_wheel_init(struct bp_wheel *wheel, u64 now)
{
    wheel->now = now >> BP_WHEEL_GRAIN_SHIFT;
    wheel->count = 0;
    bp_list_init(&wheel->expired);
    for (int level = 0; level < BP_WHEEL_LEVELS; level++) {
        wheel->pending[level] = 0;
        for (int slot = 0; slot < BP_WHEEL_SLOTS; slot++)
            bp_list_init(&wheel->slots[level][slot]);
    }
}

/* Rounded up: a timer never fires early. */
static u64 due_tick(const struct bp_timer *timer)
{
    return (timer->deadline >> BP_WHEEL_GRAIN_SHIFT) +
           ((timer->deadline & ((1 << BP_WHEEL_GRAIN_SHIFT) - 1)) != 0);
}

static u32 digit(u64 tick, int level)
{
    return (u32)(tick >> (level * BP_WHEEL_SLOT_BITS)) & (BP_WHEEL_SLOTS - 1);
}

static int level_of(u64 tick, u64 now)
{
    return (63 - __builtin_clzll(tick ^ now)) / BP_WHEEL_SLOT_BITS;
}

void bp_wheel_add(struct bp_wheel *wheel, struct bp_timer *timer)
{
    u64 tick = due_tick(timer);
    int level;
    u32 slot;

    timer->wheel = wheel;
    wheel->count++;
    if (tick <= wheel->now) {
        bp_list_add_tail(&wheel->expired, &timer->node);
        return;
    }
    level = level_of(tick, wheel->now);
    slot = digit(tick, level);
    bp_list_add_tail(&wheel->slots[level][slot], &timer->node);
    wheel->pending[level] |= 1ULL << slot;
}

void bp_wheel_del(struct bp_wheel *wheel, struct bp_timer *timer)
{
    struct bp_list *rest = timer->node.next;

    bp_list_del(&timer->node);
    timer->wheel = NULL;
    wheel->count--;
    if (rest->next == rest && rest >= &wheel->slots[0][0] &&
        rest <= &wheel->slots[BP_WHEEL_LEVELS - 1][BP_WHEEL_SLOTS - 1]) {
        u64 index = (u64)(rest - &wheel->slots[0][0]);
        wheel->pending[index / BP_WHEEL_SLOTS] &= ~(1ULL << index % BP_WHEEL_SLOTS);
    }
}

/* The slots that the level's hand passes, or enters, on its way from one tick to another. */
static u64 passed_slots(u64 from, u64 to, int level)
{
    u64 steps = (to >> (level * BP_WHEEL_SLOT_BITS)) - (from >> (level * BP_WHEEL_SLOT_BITS));
    u32 first = (digit(from, level) + 1) & (BP_WHEEL_SLOTS - 1);
    u64 mask;

    if (!steps)
        return 0;
    if (steps >= BP_WHEEL_SLOTS)
        return ~0ULL;
    mask = (1ULL << steps) - 1;
    return first ? mask << first | mask >> (BP_WHEEL_SLOTS - first) : mask;
}

static void take_slot(struct bp_wheel *wheel, int level, u32 slot, struct bp_list *taken)
{
    struct bp_list *head = &wheel->slots[level][slot];

    wheel->pending[level] &= ~(1ULL << slot);
    taken->prev->next = head->next;
    head->next->prev = taken->prev;
    taken->prev = head->prev;
    head->prev->next = taken;
    bp_list_init(head);
}

void bp_wheel_advance(struct bp_wheel *wheel, u64 now_ns)
{
    u64 now = now_ns >> BP_WHEEL_GRAIN_SHIFT;
    struct bp_list taken = BP_LIST_INIT(taken);

    if (now <= wheel->now)
        return;
    for (int level = 0; level < BP_WHEEL_LEVELS; level++) {
        u64 slots = passed_slots(wheel->now, now, level);

        for (u64 hit = wheel->pending[level] & slots; hit; hit &= hit - 1)
            take_slot(wheel, level, (u32)__builtin_ctzll(hit), &taken);
        if (!slots)
            break;
    }
    wheel->now = now;
    bp_list_for_each_safe (node, &taken) {
        struct bp_timer *timer = bp_list_entry(node, struct bp_timer, node);

        bp_list_del(node);
        wheel->count--;
        bp_wheel_add(wheel, timer);
    }
}

struct bp_timer *bp_wheel_pop(struct bp_wheel *wheel)
{
    struct bp_timer *timer;

    if (bp_list_empty(&wheel->expired))
        return NULL;
    timer = bp_list_first(&wheel->expired, struct bp_timer, node);
    bp_wheel_del(wheel, timer);
    return timer;
}

/* The earliest of a slot's timers, or the slot's own start when looking at all of them would take
 * long. */
static u64 earliest_in(const struct bp_list *head, u64 slot_start)
{
    enum {
        LOOK = 16
    };
    u64 earliest = BP_NEVER;
    int seen = 0;

    bp_list_for_each (node, (struct bp_list *)head) {
        const struct bp_timer *timer = bp_list_entry(node, struct bp_timer, node);

        if (++seen > LOOK)
            return slot_start;
        earliest = BP_MIN(earliest, due_tick(timer) << BP_WHEEL_GRAIN_SHIFT);
    }
    return earliest;
}

/* Everything in a lower level is due before anything in a higher one. */
u64 bp_wheel_next(const struct bp_wheel *wheel)
{
    if (!bp_list_empty(&wheel->expired))
        return 0;
    for (int level = 0; level < BP_WHEEL_LEVELS; level++) {
        int shift = level * BP_WHEEL_SLOT_BITS;
        u64 pending = wheel->pending[level];
        u32 at = digit(wheel->now, level), ahead;
        u64 start;

        if (!pending)
            continue;
        pending = at ? pending >> at | pending << (BP_WHEEL_SLOTS - at) : pending;
        ahead = (u32)__builtin_ctzll(pending);
        start = ((wheel->now >> shift) + ahead) << shift << BP_WHEEL_GRAIN_SHIFT;
        return earliest_in(&wheel->slots[level][(at + ahead) & (BP_WHEEL_SLOTS - 1)], start);
    }
    return BP_NEVER;
}
