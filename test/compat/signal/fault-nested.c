/*
 * Faults inside handlers of other faults, signals that arrive while a fault is handled, and
 * siglongjmp out of two handlers at once.
 *
 * variants: glibc musl
 */
#include "compat.h"
#include <setjmp.h>
#include <ucontext.h>

static volatile int *volatile nowhere = (int *)16;
static sigjmp_buf back;
static volatile int depth;

static void on_usr1(int sig)
{
    (void)sig;
    SAY("USR1 at depth %d", depth);
}

static void on_ill(int sig, siginfo_t *info, void *context)
{
    (void)info;
    depth++;
    SAY("ILL %d at depth %d", sig, depth);
    kill(getpid(), SIGUSR1);
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 2;
    depth--;
}

static void on_segv(int sig, siginfo_t *info, void *context)
{
    sigset_t now;

    (void)sig, (void)info, (void)context;
    depth++;
    __asm__ volatile("ud2");
    kill(getpid(), SIGUSR1);
    MUST(sigprocmask(SIG_BLOCK, NULL, &now));
    SAY("SEGV blocked %d ILL blocked %d", sigismember(&now, SIGSEGV), sigismember(&now, SIGILL));
    depth--;
    siglongjmp(back, depth + 1);
}

int main(void)
{
    struct sigaction sa = {.sa_sigaction = on_ill, .sa_flags = SA_SIGINFO};
    sigset_t now;

    MUST(sigaction(SIGILL, &sa, NULL));
    sa.sa_sigaction = on_segv;
    sigaddset(&sa.sa_mask, SIGUSR1);
    MUST(sigaction(SIGSEGV, &sa, NULL));
    on_signal(SIGUSR1, on_usr1, 0);
    for (volatile int i = 0; i < 3; i++) {
        if (!sigsetjmp(back, 1))
            *nowhere = 1;
        MUST(sigprocmask(SIG_BLOCK, NULL, &now));
        SAY("round %d, SEGV blocked %d", i, sigismember(&now, SIGSEGV));
    }
    return 0;
}
