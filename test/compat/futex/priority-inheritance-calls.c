/*
 * futex(2), "Priority-inheritance futexes": the word holds the owner's thread id; whoever waits
 * sets FUTEX_WAITERS; an unlock hands the lock on.
 */
#include "futex.h"

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

static volatile int word, condition, waiting;

static const char *state(void)
{
    int value = word;
    pid_t tid = value & FUTEX_TID_MASK;
    static char text[64];

    snprintf(text, sizeof(text), "%s%s%s",
             !tid                         ? "free"
             : tid == syscall(SYS_gettid) ? "mine"
                                          : "another's",
             value & FUTEX_WAITERS ? " waiters" : "", value & FUTEX_OWNER_DIED ? " died" : "");
    return text;
}

static long pi(int op, const struct timespec *limit)
{
    return futex(&word, op, 0, limit, NULL, 0);
}

static void *locker(void *arg)
{
    CHECK(pi(FUTEX_LOCK_PI, NULL) == 0);
    SAY("%s has it: %s", (char *)arg, state());
    CHECK(pi(FUTEX_UNLOCK_PI, NULL) == 0);
    return NULL;
}

static void *holder(void *arg)
{
    CHECK(pi(FUTEX_LOCK_PI, NULL) == 0);
    waiting = 1;
    while (!(word & FUTEX_WAITERS))
        sched_yield();
    return arg; /* and dies with it */
}

static void *busy(void *arg)
{
    const struct timespec past = {1, 0};

    SHOW(pi(FUTEX_TRYLOCK_PI, NULL));
    SHOW(pi(FUTEX_LOCK_PI, &past));
    SHOW(pi(FUTEX_LOCK_PI2, &past));
    SHOW(pi(FUTEX_UNLOCK_PI, NULL));
    return arg;
}

static void *condition_waiter(void *arg)
{
    CHECK(futex(&condition, FUTEX_WAIT_REQUEUE_PI, 0, NULL, &word, 0) == 0);
    SAY("moved, and has it: %s", (word & FUTEX_TID_MASK) == syscall(SYS_gettid) ? "yes" : "no");
    CHECK(pi(FUTEX_UNLOCK_PI, NULL) == 0);
    return arg;
}

static void show_errors(void)
{
    const struct timespec past = {1, 0}, bad = {0, 2000000000};

    SHOW(futex(&condition, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
    SHOW(futex((char *)&word + 2, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
    SHOW(futex((void *)4096, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
    SHOW(pi(FUTEX_LOCK_PI, &bad));
    SHOW(pi(FUTEX_LOCK_PI | FUTEX_CLOCK_REALTIME, NULL));
    word = 0x3ffffff0; /* nobody's id */
    SHOW(pi(FUTEX_LOCK_PI, NULL));
    SHOW(pi(FUTEX_TRYLOCK_PI, NULL));
    word = 0;
    SHOW(futex(&condition, FUTEX_WAIT_REQUEUE_PI, 0, &past, &condition, 0));
    SHOW(futex(&condition, FUTEX_WAIT_REQUEUE_PI, 1, &past, &word, 0));
    SHOW(futex(&condition, FUTEX_WAIT_REQUEUE_PI, 0, &past, &word, 0));
    SHOW(futex(&condition, FUTEX_CMP_REQUEUE_PI, 2, (void *)1, &word, 0));
    SHOW(futex(&condition, FUTEX_CMP_REQUEUE_PI, 1, (void *)1, &condition, 0));
    SHOW(futex(&condition, FUTEX_CMP_REQUEUE_PI, 1, (void *)1, &word, 1));
    SHOW(futex(&condition, FUTEX_CMP_REQUEUE_PI, 1, (void *)1, &word, 0));
}

int main(void)
{
    pthread_t thread, threads[3];

    SHOW(pi(FUTEX_LOCK_PI, NULL));
    SAY("%s", state());
    SHOW(pi(FUTEX_LOCK_PI, NULL));
    SHOW(pi(FUTEX_TRYLOCK_PI, NULL));
    join_thread(start_thread(busy, NULL));
    SAY("%s", state());

    SHOW(pi(FUTEX_UNLOCK_PI, NULL));
    SAY("%s", state());

    CHECK(pi(FUTEX_LOCK_PI, NULL) == 0);
    thread = start_thread(locker, "the waiter");
    while (!(word & FUTEX_WAITERS))
        sched_yield();
    CHECK(pi(FUTEX_UNLOCK_PI, NULL) == 0);
    join_thread(thread);
    SAY("%s", state());

    thread = start_thread(holder, NULL);
    while (!waiting)
        sched_yield();
    SHOW(pi(FUTEX_LOCK_PI, NULL));
    SAY("%s", state());
    join_thread(thread);

    /* The lock is held: waiters of the condition are queued for it. */
    for (int i = 0; i < 3; i++)
        threads[i] = start_thread(condition_waiter, NULL);
    while (futex(&condition, FUTEX_WAKE, 1, NULL, NULL, 0) == 0)
        sched_yield();
    SHOW(futex(&condition, FUTEX_WAKE, 1, NULL, NULL, 0));
    SHOW(futex(&condition, FUTEX_REQUEUE, 1, (void *)1, &waiting, 0));
    SHOW(futex(&condition, FUTEX_CMP_REQUEUE_PI, 1, (void *)0, &word, 0));
    for (int moved = 1; moved < 3; sched_yield())
        moved += MUST(futex(&condition, FUTEX_CMP_REQUEUE_PI, 1, (void *)9, &word, 0));
    SAY("%s", state());
    CHECK(pi(FUTEX_UNLOCK_PI, NULL) == 0);
    for (int i = 0; i < 3; i++)
        join_thread(threads[i]);
    SAY("%s", state());

    /* It is free: the first waiter gets it at once. */
    thread = start_thread(condition_waiter, NULL);
    while (futex(&condition, FUTEX_CMP_REQUEUE_PI, 1, (void *)0, &word, 0) == 0)
        sched_yield();
    join_thread(thread);
    show_errors();
    return 0;
}
