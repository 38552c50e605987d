/*
 * SIGKILL to one thread ends the whole program, though all is blocked.
 *
 * exit: 137
 */
#include "compat.h"

static void *wait_forever(void *arg)
{
    *(volatile pid_t *)arg = gettid();
    for (;;)
        pause();
    return NULL;
}

int main(void)
{
    volatile pid_t tid = 0;
    sigset_t all;

    sigfillset(&all);
    MUST(sigprocmask(SIG_BLOCK, &all, NULL));
    start_thread(wait_forever, (void *)&tid);
    while (!tid)
        sleep_ms(1);
    SAY("killing");
    MUST(syscall(SYS_tgkill, getpid(), tid, SIGKILL));
    for (;;)
        pause();
}
