/*
 * TF in the flags of a signal's frame takes effect behind the handler's return; it outlives system
 * calls and other signals' handlers, which run without it. AC and the arithmetic flags come back,
 * too.
 */
#include "compat.h"
#include <ucontext.h>

enum {
    CF = 1,
    TF = 0x100,
    DF = 0x400,
    AC = 0x40000
};

static volatile int steps, wanted, in_handler, seen_tf, other;

static unsigned long flags_now(void)
{
    unsigned long flags;

    __asm__ volatile("pushf; pop %0" : "=r"(flags));
    return flags;
}

static void on_trap(int sig, siginfo_t *info, void *context)
{
    greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

    (void)sig;
    CHECK(info->si_code == TRAP_TRACE);
    in_handler |= flags_now() & TF;
    seen_tf += !!(regs[REG_EFL] & TF);
    if (++steps == wanted)
        regs[REG_EFL] &= ~(greg_t)TF;
}

static void set_flags(int sig, siginfo_t *info, void *context)
{
    (void)info;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] |= sig == SIGUSR1 ? TF : AC | CF;
}

static void on_other(int sig)
{
    (void)sig;
    other += flags_now() & TF ? 100 : 1;
}

static void handle(int sig, void (*handler)(int, siginfo_t *, void *))
{
    struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};

    MUST(sigaction(sig, &sa, NULL));
}

/* Calls in a loop until so many steps have been made: calls and signals between must not end them.
 */
static void step(int count, int sig)
{
    steps = seen_tf = 0;
    wanted = count;
    MUST(raise(SIGUSR1));
    while (steps < count)
        if (sig)
            raise(sig);
        else
            syscall(SYS_getppid);
    SAY("%d steps, %d with TF in the frame; the handler's own TF: %d", steps, seen_tf, in_handler);
}

int main(void)
{
    unsigned long flags;

    handle(SIGTRAP, on_trap);
    handle(SIGUSR1, set_flags);
    handle(SIGUSR2, set_flags);
    on_signal(SIGHUP, on_other, 0);
    step(5, 0);
    step(2000, 0);
    step(2000, SIGHUP);
    SAY("another handler came: %d, under TF: %d", other > 0, other >= 100);
    SAY("and none is left: %d", !(flags_now() & TF));

    MUST(syscall(SYS_tgkill, getpid(), gettid(), SIGUSR2));
    flags = flags_now();
    __asm__ volatile("pushf; andl $~0x40000, (%%rsp); popf" ::: "cc", "memory");
    SAY("AC set in a frame: %d", !!(flags & AC));
    return 0;
}
