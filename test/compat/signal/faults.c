/* Each fault of the processor is its own signal and code. */
#include "compat.h"
#include <setjmp.h>

static sigjmp_buf back;

static void on_fault(int sig, siginfo_t *info, void *context)
{
    (void)context;
    SAY("signal %d code %d", sig, info->si_code);
    siglongjmp(back, 1);
}

int main(void)
{
    const int sigs[] = {SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGBUS};
    struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};

    for (size_t i = 0; i < ARRAY_SIZE(sigs); i++)
        MUST(sigaction(sigs[i], &sa, NULL));
    if (sigsetjmp(back, 1) == 0)
        __asm__ volatile("xor %%ecx, %%ecx; mov $1, %%eax; cltd; idiv %%ecx" ::
                             : "eax", "ecx", "edx");
    if (sigsetjmp(back, 1) == 0)
        __asm__ volatile("ud2");
    if (sigsetjmp(back, 1) == 0)
        __asm__ volatile("int3");
    if (sigsetjmp(back, 1) == 0)
        __asm__ volatile("hlt");
    if (sigsetjmp(back, 1) == 0)
        __asm__ volatile("movabs $0x8000000000000000, %%rax; mov (%%rax), %%al" ::: "rax");
    if (sigsetjmp(back, 1) == 0)
        __asm__ volatile("xor %%eax, %%eax; jmp *%%rax" ::: "rax");
    SAY("all survived");
    return 0;
}
