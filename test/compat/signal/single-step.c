/* TF makes each instruction a SIGTRAP until the handler takes it out of the context's flags. */
#include "compat.h"
#include <ucontext.h>

static volatile int steps, code;

static void on_trap(int sig, siginfo_t *info, void *context)
{
    greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

    (void)sig;
    code = info->si_code;
    if (++steps == 3)
        regs[REG_EFL] &= ~0x100;
}

int main(void)
{
    struct sigaction sa = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};

    MUST(sigaction(SIGTRAP, &sa, NULL));
    __asm__ volatile("pushf; orl $0x100, (%%rsp); popf; nop; nop; nop; nop; nop" ::
                         : "cc", "memory");
    SAY("%d steps, code %d", steps, code);
    return 0;
}
