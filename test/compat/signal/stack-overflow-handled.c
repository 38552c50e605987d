/* A stack overflow is handled on the alternate stack, and the program goes on. */
#include "compat.h"
#include <setjmp.h>

static char alt_stack[64 << 10];
static sigjmp_buf back;
static volatile int sink, depth;

static void on_segv(int sig)
{
    (void)sig;
    siglongjmp(back, 1);
}

#pragma GCC diagnostic ignored "-Winfinite-recursion"
static int __attribute__((noinline)) endless(volatile char *above)
{
    volatile char frame[2048];

    depth++;
    frame[0] = above[0] + 1;
    sink += frame[0];
    return endless(frame) + frame[0];
}

int main(void)
{
    stack_t alt = {.ss_sp = alt_stack, .ss_size = sizeof(alt_stack)};
    char top = 0;

    MUST(sigaltstack(&alt, NULL));
    on_signal(SIGSEGV, on_segv, SA_ONSTACK);
    for (int i = 0; i < 3; i++) {
        depth = 0;
        if (sigsetjmp(back, 1) == 0)
            endless(&top);
        SAY("overflowed %s", depth > 2000 ? "deep down" : "too early");
    }
    return 0;
}
