/*
 * raise runs the handler before it returns; SA_SIGINFO tells who sent what.
 *
 * variants: all
 */
#include "compat.h"

static volatile int plain;

static void on_plain(int sig)
{
    plain += sig;
}

static void on_info(int sig, siginfo_t *info, void *context)
{
    SAY("signal %d code %d from %s context %s", sig, info->si_code,
        info->si_pid == getpid() && info->si_uid == getuid() ? "self" : "?",
        context ? "yes" : "no");
}

int main(void)
{
    struct sigaction sa = {.sa_sigaction = on_info, .sa_flags = SA_SIGINFO}, old;

    on_signal(SIGUSR1, on_plain, 0);
    SHOW(raise(SIGUSR1));
    SAY("plain %d", plain);
    SHOW(sigaction(SIGUSR1, &sa, &old));
    SAY("old %s flags %x", old.sa_handler == on_plain ? "on_plain" : "?",
        old.sa_flags & (SA_SIGINFO | SA_RESTART | SA_NODEFER | SA_RESETHAND | SA_ONSTACK));
    SHOW(raise(SIGUSR1));
    SHOW(kill(getpid(), SIGUSR1));
    SHOW(syscall(SYS_tgkill, getpid(), gettid(), SIGUSR1));
    SHOW(syscall(SYS_tkill, gettid(), SIGUSR1));
    SHOW_ERR(pthread_kill(pthread_self(), SIGUSR1));
    SHOW(sigaction(SIGUSR1, NULL, &old));
    SAY("%s %d", old.sa_sigaction == on_info ? "on_info" : "?", !!(old.sa_flags & SA_SIGINFO));
    return 0;
}
