/*
 * Frames that a handler has damaged, and handlers where no code can be: sigreturn answers SIGSEGV,
 * which a handler on another stack survives.
 */
#include "compat.h"
#include <setjmp.h>
#include <ucontext.h>

static sigjmp_buf again;
static void (*damage)(ucontext_t *uc);

static void on_fault(int sig, siginfo_t *info, void *context)
{
    (void)context;
    SAY("signal %d code %d", sig, info->si_code);
    siglongjmp(again, 1);
}

static void on_usr1(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    (void)info;
    damage(context);
}

static void nothing(ucontext_t *uc)
{
    (void)uc;
}

static void wild_image(ucontext_t *uc)
{
    uc->uc_mcontext.fpregs = (void *)0x1000;
}

static void far_image(ucontext_t *uc)
{
    uc->uc_mcontext.fpregs = (void *)(1UL << 62);
}

static void no_image(ucontext_t *uc)
{
    uc->uc_mcontext.fpregs = NULL;
}

static void odd_mxcsr(ucontext_t *uc)
{
    uc->uc_mcontext.fpregs->mxcsr = 0xffffffff;
}

static void odd_header(ucontext_t *uc)
{
    memset((char *)uc->uc_mcontext.fpregs + 512, 0xff, 64);
}

static void wild_rip(ucontext_t *uc)
{
    uc->uc_mcontext.gregs[REG_RIP] = 0x1000;
}

static void far_rip(ucontext_t *uc)
{
    uc->uc_mcontext.gregs[REG_RIP] = (greg_t)(1UL << 63);
}

static void kernel_rip(ucontext_t *uc)
{
    uc->uc_mcontext.gregs[REG_RIP] = (greg_t)0xffffffff81000000;
}

static void all_flags(ucontext_t *uc)
{
    uc->uc_mcontext.gregs[REG_EFL] |= 0xcd5 & ~0x400;
}

static void blocks_kill(ucontext_t *uc)
{
    memset(&uc->uc_sigmask, 0xff, 8);
}

static const struct {
    const char *what;
    void (*damage)(ucontext_t *uc);
} cases[] = {
    {"nothing", nothing},     {"no image", no_image},       {"wild image", wild_image},
    {"far image", far_image}, {"odd mxcsr", odd_mxcsr},     {"odd header", odd_header},
    {"wild rip", wild_rip},   {"far rip", far_rip},         {"kernel rip", kernel_rip},
    {"all flags", all_flags}, {"blocks kill", blocks_kill},
};

static void handler_at(const char *what, unsigned long addr)
{
    struct sigaction sa = {.sa_flags = 0};

    sa.sa_handler = (void (*)(int))addr;
    MUST(sigaction(SIGUSR2, &sa, NULL));
    if (!sigsetjmp(again, 1)) {
        raise(SIGUSR2);
        SAY("%s: went on", what);
        return;
    }
    SAY("%s: caught", what);
}

int main(void)
{
    static char stack[65536];
    stack_t alt = {.ss_sp = stack, .ss_size = sizeof(stack)};
    struct sigaction fault = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    struct sigaction usr1 = {.sa_sigaction = on_usr1, .sa_flags = SA_SIGINFO};
    sigset_t now;

    MUST(sigaltstack(&alt, NULL));
    MUST(sigaction(SIGSEGV, &fault, NULL));
    MUST(sigaction(SIGUSR1, &usr1, NULL));
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        damage = cases[i].damage;
        if (!sigsetjmp(again, 1)) {
            raise(SIGUSR1);
            SAY("%s: went on", cases[i].what);
        } else {
            SAY("%s: caught", cases[i].what);
        }
    }
    sigprocmask(SIG_SETMASK, NULL, &now);
    SHOW(sigismember(&now, SIGKILL));
    SHOW(sigismember(&now, SIGTERM));
    sigemptyset(&now);
    sigprocmask(SIG_SETMASK, &now, NULL);
    handler_at("unmapped handler", 0x2000);
    handler_at("far handler", 1UL << 63);
    handler_at("kernel handler", 0xffffffff81000000);
    return 0;
}
