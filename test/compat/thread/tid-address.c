/* set_tid_address(2): returns the thread's id; at its end the word is cleared and a waiter woken.
 */
#include "../futex/futex.h"

static volatile int word = 1, other = 1, ready;

static void *ends(void *arg)
{
    CHECK(syscall(SYS_set_tid_address, &other) == syscall(SYS_gettid));
    CHECK(syscall(SYS_set_tid_address, arg) == syscall(SYS_gettid));
    ready = 1;
    syscall(SYS_exit, 0); /* the libc, which would wait for its own word, is left out */
    return NULL;
}

int main(void)
{
    start_thread(ends, (void *)&word);
    while (word)
        futex(&word, FUTEX_WAIT, 1, NULL, NULL, 0);
    SAY("cleared %d, the other %d", word, other);
    start_thread(ends, (void *)8); /* a wild address is not looked at again */
    while (!ready)
        sched_yield();
    SHOW(syscall(SYS_exit_group, 0));
    return 0;
}
