/* Blocked signals wait, standard ones once, and come when unblocked; the handler's mask is
 * restored. */
#include "compat.h"

static volatile int order[8], n;

static void note(int sig)
{
    sigset_t now;

    order[n++] = sig;
    sigprocmask(SIG_BLOCK, NULL, &now);
    SAY("in %d: USR1 %d USR2 %d TERM %d", sig, sigismember(&now, SIGUSR1),
        sigismember(&now, SIGUSR2), sigismember(&now, SIGTERM));
}

static void show_pending(void)
{
    sigset_t set;

    MUST(sigpending(&set));
    SAY("pending USR1 %d USR2 %d", sigismember(&set, SIGUSR1), sigismember(&set, SIGUSR2));
}

int main(void)
{
    struct sigaction sa = {.sa_handler = note};
    sigset_t set, old;

    sigemptyset(&sa.sa_mask);
    sigaddset(&sa.sa_mask, SIGTERM);
    MUST(sigaction(SIGUSR1, &sa, NULL));
    MUST(sigaction(SIGUSR2, &sa, NULL));
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    SHOW(sigprocmask(SIG_BLOCK, &set, &old));
    SHOW(sigismember(&old, SIGUSR1));
    raise(SIGUSR2);
    raise(SIGUSR1);
    raise(SIGUSR1);
    show_pending();
    SHOW(sigprocmask(SIG_UNBLOCK, &set, &old));
    SHOW(sigismember(&old, SIGUSR1));
    SAY("%d handled", n);
    show_pending();
    MUST(sigprocmask(SIG_BLOCK, NULL, &old));
    SHOW(sigismember(&old, SIGTERM));
    sigfillset(&set);
    SHOW(sigprocmask(SIG_SETMASK, &set, NULL));
    MUST(sigprocmask(SIG_BLOCK, NULL, &old));
    SAY("KILL %d STOP %d SYS %d SEGV %d", sigismember(&old, SIGKILL), sigismember(&old, SIGSTOP),
        sigismember(&old, SIGSYS), sigismember(&old, SIGSEGV));
    SHOW(sigprocmask(99, &set, NULL));
    SHOW(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 4));
    return 0;
}
