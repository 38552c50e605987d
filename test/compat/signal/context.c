/* A handler may change registers and the mask that are restored when it returns. */
#include "compat.h"
#include <ucontext.h>

static void change(int sig, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;

    (void)sig;
    (void)info;
    uc->uc_mcontext.gregs[REG_R12] += 1;
    uc->uc_mcontext.gregs[REG_EFL] ^= 1;
    sigaddset(&uc->uc_sigmask, SIGUSR2);
}

int main(void)
{
    struct sigaction sa = {.sa_sigaction = change, .sa_flags = SA_SIGINFO};
    sigset_t now;
    long r12, carry, ret;

    MUST(sigaction(SIGUSR1, &sa, NULL));
    __asm__ volatile("mov $41, %%r12; clc; syscall; mov %%r12, %[r12]; sbb %[carry], %[carry]"
                     : "=a"(ret), [r12] "=r"(r12), [carry] "=r"(carry)
                     : "0"(SYS_tgkill), "D"(getpid()), "S"(gettid()), "d"(SIGUSR1)
                     : "rcx", "r11", "r12", "memory");
    SAY("r12 %ld ret %ld", r12, ret);
    MUST(sigprocmask(SIG_BLOCK, NULL, &now));
    SAY("USR2 blocked %d USR1 blocked %d", sigismember(&now, SIGUSR2), sigismember(&now, SIGUSR1));
    return 0;
}
