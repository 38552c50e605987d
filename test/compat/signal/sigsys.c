/* SIGSYS is a signal like any other to the program: handled, blocked, pending, reset. */
#include "compat.h"

static volatile int handled;

static void on_sys(int sig)
{
    handled += sig == SIGSYS;
}

int main(void)
{
    struct sigaction old;
    sigset_t set, now;

    MUST(sigaction(SIGSYS, NULL, &old));
    SAY("%s", old.sa_handler == SIG_DFL ? "default" : "?");
    on_signal(SIGSYS, on_sys, 0);
    MUST(sigaction(SIGSYS, NULL, &old));
    SAY("%s", old.sa_handler == on_sys ? "ours" : "?");
    SHOW(raise(SIGSYS));
    SAY("handled %d", handled);
    sigemptyset(&set);
    sigaddset(&set, SIGSYS);
    SHOW(sigprocmask(SIG_BLOCK, &set, NULL));
    MUST(sigprocmask(SIG_BLOCK, NULL, &now));
    SHOW(sigismember(&now, SIGSYS));
    SHOW(getpid() > 0);
    raise(SIGSYS);
    SAY("handled %d", handled);
    MUST(sigpending(&now));
    SHOW(sigismember(&now, SIGSYS));
    SHOW(sigprocmask(SIG_UNBLOCK, &set, NULL));
    SAY("handled %d", handled);
    signal(SIGSYS, SIG_IGN);
    SHOW(raise(SIGSYS));
    SHOW(getppid() >= 0);
    return 0;
}
