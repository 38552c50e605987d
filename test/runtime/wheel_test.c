// sources: runtime-c/sched/wheel.c
/* The timer wheel against a plain list: random deadlines, near and far, advanced in random steps.
 */
#include "check.h"
#include "sched/wheel.h"

#include <stdlib.h>

enum {
    TIMERS = 2000,
    STEPS = 20000
};

static struct bp_wheel wheel;
static struct bp_timer timers[TIMERS];
static u64 now;

static u64 random_delay(void)
{
    return ((u64)rand() << 20 ^ (u64)rand()) & ((1ULL << (rand() % 46)) - 1);
}

static void arm(struct bp_timer *timer)
{
    timer->deadline = now + random_delay();
    bp_wheel_add(&wheel, timer);
}

static u64 earliest(void)
{
    u64 min = UINT64_MAX;

    for (int i = 0; i < TIMERS; i++)
        if (timers[i].wheel && timers[i].deadline < min)
            min = timers[i].deadline;
    return min;
}

/* Everything due has fired (a tick late at most), and nothing early. */
static bool fire_due(void)
{
    struct bp_timer *timer;
    bool right = true;

    bp_wheel_advance(&wheel, now);
    while ((timer = bp_wheel_pop(&wheel))) {
        right &= timer->deadline <= now;
        if (rand() % 4)
            arm(timer);
    }
    for (int i = 0; i < TIMERS; i++)
        right &= !timers[i].wheel || timers[i].deadline + (1 << BP_WHEEL_GRAIN_SHIFT) > now;
    return right;
}

int main(void)
{
    bool due = true, next = true;

    srand(1);
    now = 123456789;
    bp_wheel_init(&wheel, now);
    check(bp_wheel_next(&wheel) == UINT64_MAX, "an empty wheel has no next expiry");
    for (int i = 0; i < TIMERS; i++) {
        bp_list_init(&timers[i].node);
        arm(&timers[i]);
    }
    for (int step = 0; step < STEPS; step++) {
        u64 promised = bp_wheel_next(&wheel);

        /* Nothing may be due before the promise, which may itself be early but must lead on. */
        next &= promised <= earliest() + (1 << BP_WHEEL_GRAIN_SHIFT);
        now = rand() % 3 && promised != UINT64_MAX && promised > now
                  ? promised
                  : now + random_delay() / 64 + 1;
        due &= fire_due();
        struct bp_timer *any = &timers[rand() % TIMERS];
        if (any->wheel)
            bp_wheel_del(&wheel, any);
        else
            arm(any);
    }
    check(due, "timers fire when they are due, never early");
    check(next, "the next expiry is never promised too late");
    return failures != 0;
}
