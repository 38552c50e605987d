/* Timeouts: relative for FUTEX_WAIT, absolute for the bitset form, by both clocks. */
#include "futex.h"

static volatile int word;

static struct timespec after(clockid_t clock, long ms)
{
    struct timespec t;

    clock_gettime(clock, &t);
    t.tv_nsec += ms * 1000000;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

int main(void)
{
    struct timespec rel = {0, 20000000}, zero = {0, 0}, bad = {0, 1000000000}, negative = {-1, 0};
    struct timespec abs;
    int64_t start = now_ns();

    SHOW(futex(&word, FUTEX_WAIT_PRIVATE, 0, &rel, NULL, 0));
    CHECK(now_ns() - start >= 20000000);
    SHOW(futex(&word, FUTEX_WAIT_PRIVATE, 0, &zero, NULL, 0));
    SHOW(futex(&word, FUTEX_WAIT_PRIVATE, 0, &bad, NULL, 0));
    SHOW(futex(&word, FUTEX_WAIT_PRIVATE, 0, &negative, NULL, 0));
    SHOW(futex(&word, FUTEX_WAIT_PRIVATE, 1, &rel, NULL, 0));
    start = now_ns();
    abs = after(CLOCK_MONOTONIC, 20);
    SHOW(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, &abs, NULL, FUTEX_BITSET_MATCH_ANY));
    CHECK(now_ns() - start >= 20000000);
    SHOW(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, &abs, NULL, FUTEX_BITSET_MATCH_ANY));
    abs = after(CLOCK_REALTIME, 20);
    SHOW(futex(&word, FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, 0, &abs, NULL,
               FUTEX_BITSET_MATCH_ANY));
    SHOW(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, &zero, NULL, FUTEX_BITSET_MATCH_ANY));
    return 0;
}
