/* sigsuspend, sigwait, sigwaitinfo and sigtimedwait take signals that are blocked otherwise. */
#include "compat.h"

static volatile int handled;

static void on_usr1(int sig)
{
    handled = sig;
}

static void on_alarm(int sig)
{
    (void)sig;
}

int main(void)
{
    struct timespec zero = {0, 0}, brief = {0, 10000000}, bad = {0, -1};
    siginfo_t info;
    sigset_t set, none;
    int sig;

    on_signal(SIGUSR1, on_usr1, 0);
    on_signal(SIGALRM, on_alarm, 0);
    sigemptyset(&none);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    MUST(sigprocmask(SIG_BLOCK, &set, NULL));
    raise(SIGUSR1);
    SHOW(sigsuspend(&none));
    SAY("handled %d", handled);
    MUST(sigprocmask(SIG_BLOCK, NULL, &none));
    SHOW(sigismember(&none, SIGUSR1));
    handled = 0;
    raise(SIGUSR1);
    SHOW_ERR(sigwait(&set, &sig));
    SAY("signal %d handled %d", sig, handled);
    raise(SIGUSR1);
    SHOW(sigwaitinfo(&set, &info));
    SAY("code %d", info.si_code);
    SHOW(sigtimedwait(&set, &info, &zero));
    SHOW(sigtimedwait(&set, &info, &brief));
    SHOW(sigtimedwait(&set, &info, &bad));
    sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 12});
    SHOW(sigtimedwait(&set, &info, &brief));
    SAY("code %d value %d", info.si_code, info.si_value.sival_int);
    return 0;
}
