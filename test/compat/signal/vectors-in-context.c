/*
 * A handler may use vector registers freely, sees those of the interrupted code in its context, and
 * what it writes there is what the code goes on with; MXCSR too.
 *
 * variants: glibc musl
 */
#include "compat.h"
#include <ucontext.h>

static void change(int sig, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    uint32_t *xmm3, mxcsr;

    (void)sig, (void)info;
    xmm3 = (uint32_t *)((char *)uc->uc_mcontext.fpregs + 160 + 3 * 16);
    mxcsr = *(uint32_t *)((char *)uc->uc_mcontext.fpregs + 24);
    SAY("xmm3 %x %x %x %x, mxcsr rounding %x", xmm3[0], xmm3[1], xmm3[2], xmm3[3], mxcsr >> 13 & 3);
    xmm3[1] = 0x77777777;
    *(uint32_t *)((char *)uc->uc_mcontext.fpregs + 24) = mxcsr ^ 0x2000;
    __asm__ volatile("pcmpeqd %%xmm3, %%xmm3; pcmpeqd %%xmm4, %%xmm4" ::: "xmm3", "xmm4");
    __asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
    SAY("in the handler rounding %x", mxcsr >> 13 & 3);
}

static void round_trip(bool fault)
{
    uint32_t in[4] = {1, 2, 3, 4}, out3[4], out4[4], up = 0x5f80, mxcsr, plain = 0x1f80;

    __asm__ volatile(
        "ldmxcsr %[up]; movups %[in], %%xmm3; movups %[in], %%xmm4\n"
        "test %[fault], %[fault]; jz 1f; ud2\n"
        "1: mov $200, %%eax; mov %[tid], %%edi; mov $10, %%esi; syscall\n"
        "movups %%xmm3, %[out3]; movups %%xmm4, %[out4]; stmxcsr %[mxcsr]; ldmxcsr %[plain]"
        : [out3] "=m"(out3), [out4] "=m"(out4), [mxcsr] "=m"(mxcsr)
        :
        [in] "m"(in), [up] "m"(up), [plain] "m"(plain), [fault] "r"((int)fault), [tid] "r"(gettid())
        : "rax", "rdi", "rsi", "rcx", "r11", "xmm3", "xmm4", "memory", "cc");
    SAY("xmm3 %x %x %x %x xmm4 %x %x %x %x rounding %x", out3[0], out3[1], out3[2], out3[3],
        out4[0], out4[1], out4[2], out4[3], mxcsr >> 13 & 3);
}

static void skip_ud2(int sig, siginfo_t *info, void *context)
{
    change(sig, info, context);
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 2;
}

int main(void)
{
    struct sigaction sa = {.sa_sigaction = change, .sa_flags = SA_SIGINFO};

    MUST(sigaction(SIGUSR1, &sa, NULL));
    sa.sa_sigaction = skip_ud2;
    MUST(sigaction(SIGILL, &sa, NULL));
    round_trip(false);
    round_trip(true);
    return 0;
}
