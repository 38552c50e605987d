/*
 * exit_group from one thread while others start, end, wait and compute: the status is its own, and
 * nothing runs on.
 *
 * variants: glibc musl
 * exit: 7
 */
#include "compat.h"

static void *nothing(void *arg)
{
    return arg;
}

__attribute__((noreturn)) static void *churns(void *arg)
{
    pthread_t thread;

    for (;;)
        if (pthread_create(&thread, NULL, nothing, arg) == 0)
            pthread_detach(thread);
        else
            sched_yield();
}

__attribute__((noreturn)) static void *computes(void *arg)
{
    for (;;)
        __asm__ volatile("" : : "r"(arg) : "memory");
}

static void *waits(void *arg)
{
    pause();
    return arg;
}

static void *ends(void *arg)
{
    sleep_ms(5);
    SAY("leaving");
    _exit((int)(long)arg);
}

int main(void)
{
    for (int i = 0; i < 4; i++) {
        start_thread(churns, NULL);
        start_thread(computes, NULL);
        start_thread(waits, NULL);
    }
    start_thread(ends, (void *)7);
    pthread_exit(NULL);
}
