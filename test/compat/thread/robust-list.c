/*
 * set_robust_list(2): at a thread's end each word in the list that holds its id is marked, the one
 * being taken too, and a waiter woken; others are left alone, and a circle or a wild pointer ends
 * the walk.
 */
#include "../futex/futex.h"
#include <stddef.h>

struct lock {
    struct robust_list list;
    volatile uint32_t word;
};
static struct lock locks[4];
static struct robust_list_head head = {
    .futex_offset = offsetof(struct lock, word),
};

static void own(struct lock *lock, uint32_t flags)
{
    lock->word = (uint32_t)syscall(SYS_gettid) | flags;
}

static void chain(struct robust_list *last)
{
    head.list.next = &locks[0].list;
    locks[0].list.next = &locks[1].list;
    locks[1].list.next = &locks[2].list;
    locks[2].list.next = last;
    head.list_op_pending = &locks[3].list;
    own(&locks[0], 0);
    own(&locks[1], FUTEX_WAITERS);
    locks[2].word = 12345; /* another's */
    own(&locks[3], 0);
    MUST(syscall(SYS_set_robust_list, &head, sizeof(head)));
}

static void *dies(void *arg)
{
    chain(arg);
    return NULL;
}

static void *waits(void *arg)
{
    uint32_t value;

    while (!((value = locks[1].word) & FUTEX_OWNER_DIED))
        futex(&locks[1].word, FUTEX_WAIT, value, NULL, NULL, 0);
    return arg;
}

static void show(const char *what, void *last)
{
    pthread_t waiter = start_thread(waits, NULL);

    join_thread(start_thread(dies, last));
    join_thread(waiter);
    SAY("%s: %x %x %d %s", what, locks[0].word, locks[1].word, locks[2].word,
        locks[3].word == FUTEX_OWNER_DIED ? "marked" : "left");
    locks[1].word = 0;
}

int main(void)
{
    struct robust_list_head *mine;
    size_t size;

    SHOW(syscall(SYS_set_robust_list, &head, 1));
    SHOW(syscall(SYS_get_robust_list, 0, &mine, &size));
    SAY("size %zu", size);
    SHOW(syscall(SYS_get_robust_list, 0, 8, &size));
    SHOW(syscall(SYS_get_robust_list, 0x3fffffff, &mine, &size));
    show("whole", &head.list);
    show("circle", &locks[0].list);
    show("wild", (struct robust_list *)4096);
    return 0;
}
