/*
 * sigaltstack(2) at its edges: sizes, flags, what is told on it and off it; siglongjmp leaves it,
 * and the next signal starts it from the top again; a handler without SA_ONSTACK stays where it is.
 *
 * variants: glibc musl
 */
#include "compat.h"
#include <setjmp.h>
#include <ucontext.h>

static char stack[64 << 10] __attribute__((aligned(16)));
static sigjmp_buf back;
static char *first_top;

static bool on_stack(const void *p)
{
    return (const char *)p >= stack && (const char *)p < stack + sizeof(stack);
}

static void leave(int sig, siginfo_t *info, void *context)
{
    stack_t now, told = ((ucontext_t *)context)->uc_stack;
    char here;

    (void)sig, (void)info;
    MUST(sigaltstack(NULL, &now));
    SAY("on it %d, told flags %x size %zu, context flags %x size %zu", on_stack(&here),
        now.ss_flags, now.ss_size, told.ss_flags, told.ss_size);
    if (!first_top)
        first_top = &here;
    SAY("same place %d", first_top == &here);
    siglongjmp(back, 1);
}

static void stay(int sig)
{
    char here;

    (void)sig;
    SAY("stays on it %d", on_stack(&here));
}

static void call_stay(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)info, (void)context;
    raise(SIGHUP);
}

int main(void)
{
    struct sigaction sa = {.sa_sigaction = leave, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    stack_t alt = {.ss_sp = stack, .ss_size = sizeof(stack)}, now;

    MUST(sigaction(SIGUSR1, &sa, NULL));
    sa.sa_sigaction = call_stay;
    MUST(sigaction(SIGUSR2, &sa, NULL));
    on_signal(SIGHUP, stay, 0);
    alt.ss_size = MINSIGSTKSZ - 1;
    SHOW(sigaltstack(&alt, NULL));
    alt.ss_flags = SS_DISABLE;
    SHOW(sigaltstack(&alt, NULL));
    alt.ss_flags = SS_ONSTACK; /* Linux takes it for 0 */
    alt.ss_size = sizeof(stack);
    SHOW(sigaltstack(&alt, NULL));
    MUST(sigaltstack(NULL, &now));
    SAY("flags %x", now.ss_flags);
    for (volatile int i = 0; i < 3; i++)
        if (!sigsetjmp(back, 1))
            raise(SIGUSR1);
    MUST(sigaltstack(NULL, &now));
    SAY("off it flags %x", now.ss_flags);
    raise(SIGUSR2);
    raise(SIGHUP);
    SHOW(syscall(SYS_sigaltstack, &alt, 8));
    SHOW(syscall(SYS_sigaltstack, 8, NULL));
    return 0;
}
