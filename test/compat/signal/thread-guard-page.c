/* A thread that overflows its stack meets the guard page, not its neighbour. */
#include "compat.h"
#include <setjmp.h>

static __thread sigjmp_buf back;
static __thread char *alt_stack;
static volatile int sink;

static void on_segv(int sig)
{
    (void)sig;
    siglongjmp(back, 1);
}

#pragma GCC diagnostic ignored "-Winfinite-recursion"
static int __attribute__((noinline)) endless(volatile char *above)
{
    volatile char frame[1024];

    frame[0] = above[0] + 1;
    sink += frame[0];
    return endless(frame) + frame[0];
}

static void *work(void *arg)
{
    stack_t alt = {.ss_size = 32 << 10};
    char top = 0;

    alt_stack = malloc(alt.ss_size);
    alt.ss_sp = alt_stack;
    MUST(sigaltstack(&alt, NULL));
    if (sigsetjmp(back, 1) == 0)
        endless(&top);
    return arg;
}

int main(void)
{
    pthread_attr_t attr;
    pthread_t threads[4];

    on_signal(SIGSEGV, on_segv, SA_ONSTACK);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 128 << 10);
    for (long i = 0; i < 4; i++)
        CHECK(pthread_create(&threads[i], &attr, work, (void *)i) == 0);
    for (int i = 0; i < 4; i++)
        SHOW((long)join_thread(threads[i]));
    return 0;
}
