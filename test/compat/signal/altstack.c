/*
 * sigaltstack(2): handlers that ask for it run there; it cannot be changed meanwhile.
 *
 * variants: glibc musl static
 */
#include "compat.h"

static char stack[64 << 10] __attribute__((aligned(16)));

static void show_stack(const char *where)
{
    stack_t now;
    char here;

    MUST(sigaltstack(NULL, &now));
    SAY("%s: %s it, flags %x, size %zu", where,
        &here > stack && &here < stack + sizeof(stack) ? "on" : "not on", now.ss_flags,
        now.ss_size);
}

static void on_usr1(int sig)
{
    stack_t other = {.ss_sp = stack, .ss_size = sizeof(stack) / 2};

    show_stack("handler");
    SHOW(sigaltstack(&other, NULL));
    if (sig == SIGUSR1)
        raise(SIGUSR2);
}

int main(void)
{
    stack_t alt = {.ss_sp = stack, .ss_size = sizeof(stack)}, old;

    MUST(sigaltstack(NULL, &old));
    SAY("at first flags %x", old.ss_flags);
    SHOW(sigaltstack(&alt, &old));
    on_signal(SIGUSR1, on_usr1, SA_ONSTACK);
    on_signal(SIGUSR2, on_usr1, SA_ONSTACK);
    raise(SIGUSR1);
    show_stack("main");
    on_signal(SIGUSR2, on_usr1, 0);
    alt.ss_size = 100;
    SHOW(sigaltstack(&alt, NULL));
    alt.ss_size = sizeof(stack);
    alt.ss_flags = 99;
    SHOW(sigaltstack(&alt, NULL));
    alt.ss_flags = SS_DISABLE;
    SHOW(sigaltstack(&alt, &old));
    SAY("size %zu", old.ss_size);
    MUST(sigaltstack(NULL, &old));
    SAY("flags %x", old.ss_flags);
    on_signal(SIGUSR1, on_usr1, SA_ONSTACK);
    raise(SIGUSR2);
    return 0;
}
