/*
 * From a wake until the waiter runs: two threads hand a turn to each other by futex; half a round.
 *   futex-wake MILLISECONDS                        prints nanoseconds one way
 */
#include "figure.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>

enum {
    BATCH = 32,
    OVER = 2
};
static volatile int turn;

/* Sleeps until it is this side's turn; false when all is over. */
static bool wait_for_turn(int me)
{
    int seen;

    while ((seen = __atomic_load_n(&turn, __ATOMIC_ACQUIRE)) != me) {
        if (seen == OVER)
            return false;
        syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
    }
    return true;
}

static void give_turn(int to)
{
    __atomic_store_n(&turn, to, __ATOMIC_RELEASE);
    syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void *other(void *arg)
{
    while (wait_for_turn(1))
        give_turn(0);
    return arg;
}

int main(int argc, char **argv)
{
    struct stopwatch watch = stopwatch_for(atol(argv[argc - 1]));
    pthread_t thread;

    if (pthread_create(&thread, NULL, other, NULL))
        return 1;
    do {
        for (int i = 0; i < BATCH; i++) {
            give_turn(1);
            wait_for_turn(0);
        }
    } while (stopwatch_goes_on(&watch, BATCH));
    give_turn(OVER);
    pthread_join(thread, NULL);
    print_figure(ns_per_round(&watch) / 2, watch.rounds);
    return 0;
}
