/*
 * A handler whose alternate stack is not mapped cannot run, but that of the SIGSEGV which follows
 * can, on the ordinary stack.
 */
#include "compat.h"
#include <setjmp.h>
#include <sys/mman.h>

static sigjmp_buf back;

static void on_usr1(int sig)
{
    SAY("signal %d", sig);
}

static void on_segv(int sig, siginfo_t *info, void *context)
{
    (void)context;
    SAY("signal %d code %d address %d", sig, info->si_code, info->si_addr != NULL);
    siglongjmp(back, 1);
}

int main(void)
{
    void *gone = mmap(NULL, 1 << 16, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct sigaction sa = {.sa_sigaction = on_segv, .sa_flags = SA_SIGINFO};
    stack_t alt = {.ss_sp = gone, .ss_size = 1 << 16};
    sigset_t set;

    on_signal(SIGUSR1, on_usr1, SA_ONSTACK);
    MUST(sigaction(SIGSEGV, &sa, NULL));
    MUST(sigaltstack(&alt, NULL));
    if (!sigsetjmp(back, 1))
        raise(SIGUSR1);
    MUST(sigpending(&set));
    SAY("pending %d", sigismember(&set, SIGUSR1));
    return 0;
}
