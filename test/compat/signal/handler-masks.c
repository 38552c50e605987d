/*
 * During a handler sa_mask and the signal itself are blocked (SA_NODEFER: not itself, unless
 * sa_mask says so); several pending ones nest in the order of delivery; sigsuspend's and ppoll's
 * masks are seen by the handler's context as the ones before.
 */
#include "compat.h"
#include <poll.h>
#include <ucontext.h>

static void note(int sig, siginfo_t *info, void *context)
{
    sigset_t now, *before = &((ucontext_t *)context)->uc_sigmask;

    (void)info;
    MUST(sigprocmask(SIG_BLOCK, NULL, &now));
    SAY("%d: now USR1 %d USR2 %d HUP %d TERM %d; before USR1 %d USR2 %d HUP %d TERM %d", sig,
        sigismember(&now, SIGUSR1), sigismember(&now, SIGUSR2), sigismember(&now, SIGHUP),
        sigismember(&now, SIGTERM), sigismember(before, SIGUSR1), sigismember(before, SIGUSR2),
        sigismember(before, SIGHUP), sigismember(before, SIGTERM));
}

static void action(int sig, int flags, int masked)
{
    struct sigaction sa = {.sa_sigaction = note, .sa_flags = SA_SIGINFO | flags};

    sigemptyset(&sa.sa_mask);
    if (masked)
        sigaddset(&sa.sa_mask, masked);
    MUST(sigaction(sig, &sa, NULL));
    MUST(sigaction(sig, NULL, &sa));
    SAY("%d: flags %x mask USR1 %d KILL %d", sig, sa.sa_flags & 0x7bffffff,
        sigismember(&sa.sa_mask, SIGUSR1), sigismember(&sa.sa_mask, SIGKILL));
}

int main(void)
{
    struct timespec zero = {1, 0};
    sigset_t set, none;

    sigemptyset(&none);
    action(SIGUSR1, 0, SIGUSR2);
    action(SIGUSR2, SA_NODEFER, 0);
    action(SIGHUP, SA_NODEFER, SIGHUP);
    action(SIGTERM, SA_RESETHAND, SIGKILL);
    raise(SIGUSR1);
    raise(SIGUSR2);
    raise(SIGHUP);
    raise(SIGTERM);
    action(SIGTERM, 0, 0);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGHUP);
    MUST(sigprocmask(SIG_BLOCK, &set, NULL));
    raise(SIGUSR2);
    raise(SIGUSR1);
    raise(SIGHUP);
    MUST(sigprocmask(SIG_UNBLOCK, &set, NULL));
    MUST(sigprocmask(SIG_BLOCK, &set, NULL));
    raise(SIGUSR1);
    sigdelset(&set, SIGUSR1);
    sigaddset(&set, SIGTERM);
    SHOW(sigsuspend(&set));
    raise(SIGUSR2);
    SHOW(ppoll(NULL, 0, &zero, &none));
    raise(SIGHUP);
    SHOW(pselect(0, NULL, NULL, NULL, &zero, &none));
    return 0;
}
