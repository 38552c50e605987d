/*
 * Who meets whom: a futex of a shared mapping is known by its page, wherever that is mapped, moved
 * or cut; one of memory that is not shared by its address, and apart from the private one there;
 * the anonymous memory of two mappings is not the same.
 */
#include "futex.h"
#include <sys/mman.h>

enum {
    PAGE = 4096
};

struct wait {
    volatile int *word;
    int op;
    volatile long result;
};

static void *waiter(void *arg)
{
    struct wait *wait = arg;
    const struct timespec limit = {5, 0};
    long ret = futex(wait->word, wait->op, 0, &limit, NULL, 0);

    wait->result = ret == -1 ? errno : ret;
    return NULL;
}

/* Whether a waiter at one address is woken at the other. */
static void meet(const char *what, volatile void *wait_at, int wait_op, volatile void *wake_at,
                 int wake_op)
{
    struct wait wait = {wait_at, wait_op, -1};
    pthread_t thread = start_thread(waiter, &wait);
    bool met = false;

    for (int i = 0; i < 50 && !met; i++) {
        sleep_ms(1);
        met = futex(wake_at, wake_op, 1, NULL, NULL, 0) == 1;
    }
    SAY("%s: %s", what, met ? "yes" : "no");
    while (!met && wait.result < 0 && futex(wait_at, wait_op | FUTEX_WAKE, 1, NULL, NULL, 0) != 1)
        sched_yield();
    join_thread(thread);
    CHECK(wait.result == 0);
}

int main(void)
{
    enum {
        PRIVATE_WAIT = FUTEX_WAIT | FUTEX_PRIVATE_FLAG,
        PRIVATE_WAKE = FUTEX_WAKE | FUTEX_PRIVATE_FLAG,
        RW = PROT_READ | PROT_WRITE
    };
    int fd = MUST(memfd_create("shared", 0)), other = MUST(memfd_create("other", 0));
    char *a, *b, *c, *moved, *anonymous, *anonymous2;

    MUST(ftruncate(fd, 8 * PAGE));
    MUST(ftruncate(other, 8 * PAGE));
    a = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, fd, 0);
    b = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, fd, PAGE);
    c = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, other, 0);
    meet("one file", a + PAGE, FUTEX_WAIT, b, FUTEX_WAKE);
    meet("another place", a, FUTEX_WAIT, b, FUTEX_WAKE);
    meet("another file", a, FUTEX_WAIT, c, FUTEX_WAKE);
    meet("private in a shared mapping", a + PAGE, PRIVATE_WAIT, b, FUTEX_WAKE);

    MUST(munmap(b + PAGE, PAGE));
    meet("behind a hole", a + 3 * PAGE + 4, FUTEX_WAIT, b + 2 * PAGE + 4, FUTEX_WAKE);
    moved = mremap(a, 4 * PAGE, 6 * PAGE, MREMAP_MAYMOVE);
    CHECK(moved != MAP_FAILED);
    meet("moved and grown", moved + 4 * PAGE, FUTEX_WAIT, b + 3 * PAGE, FUTEX_WAKE);
    CHECK(mmap(b, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == b);
    meet("replaced", moved + PAGE, FUTEX_WAIT, b, FUTEX_WAKE);

    anonymous = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    anonymous2 = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    meet("anonymous, itself", anonymous, FUTEX_WAIT, anonymous, FUTEX_WAKE);
    meet("anonymous, another", anonymous, FUTEX_WAIT, anonymous2, FUTEX_WAKE);
    meet("not shared", b, FUTEX_WAIT, b, FUTEX_WAKE);
    meet("not shared, private", b, FUTEX_WAIT, b, PRIVATE_WAKE);
    return 0;
}
