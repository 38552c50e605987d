/* FUTEX_WAKE_OP changes the second word and wakes there only when the old value compares. */
#include "futex.h"

static volatile int first, second;

static void *waiter(void *arg)
{
    futex(arg, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    return NULL;
}

static long wake_op(int op, int oparg, int cmp, int cmparg)
{
    return futex(&first, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, &second,
                 FUTEX_OP(op, oparg, cmp, cmparg));
}

int main(void)
{
    pthread_t thread;

    SHOW(wake_op(FUTEX_OP_SET, 10, FUTEX_OP_CMP_EQ, 0));
    SAY("second %d", second);
    SHOW(wake_op(FUTEX_OP_ADD, 5, FUTEX_OP_CMP_NE, 0));
    SAY("second %d", second);
    SHOW(wake_op(FUTEX_OP_OR, 0x30, FUTEX_OP_CMP_GT, 99));
    SAY("second %d", second);
    SHOW(wake_op(FUTEX_OP_ANDN, 0x0f, FUTEX_OP_CMP_LT, 0));
    SAY("second %d", second);
    SHOW(wake_op(FUTEX_OP_XOR | FUTEX_OP_OPARG_SHIFT, 4, FUTEX_OP_CMP_LE, 0));
    SAY("second %d", second);
    second = 0;
    thread = start_thread(waiter, (void *)&second);
    while (wake_op(FUTEX_OP_ADD, 0, FUTEX_OP_CMP_EQ, 0) == 0)
        sched_yield();
    join_thread(thread);
    SAY("woken by the second word");
    thread = start_thread(waiter, (void *)&first);
    while (wake_op(FUTEX_OP_ADD, 0, FUTEX_OP_CMP_EQ, 1) == 0)
        sched_yield();
    join_thread(thread);
    SAY("woken by the first word");
    return 0;
}
