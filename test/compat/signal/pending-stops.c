/*
 * SIGCONT drops pending stops and stops drop a pending SIGCONT, blocked or not; SIGTSTP does
 * nothing when it is ignored, and calls its handler when it has one.
 */
#include "compat.h"

static volatile int continued;

static void on_cont(int sig)
{
    (void)sig;
    continued++;
}

int main(void)
{
    sigset_t set;

    on_signal(SIGCONT, on_cont, 0);
    sigemptyset(&set);
    sigaddset(&set, SIGTSTP);
    sigaddset(&set, SIGTTIN);
    sigaddset(&set, SIGTTOU);
    MUST(sigprocmask(SIG_BLOCK, &set, NULL));
    raise(SIGTSTP);
    raise(SIGTTIN);
    kill(getpid(), SIGTTOU);
    sigpending(&set);
    SAY("pending %d %d %d", sigismember(&set, SIGTSTP), sigismember(&set, SIGTTIN),
        sigismember(&set, SIGTTOU));
    kill(getpid(), SIGCONT);
    sigpending(&set);
    SAY("pending %d %d %d, continued %d", sigismember(&set, SIGTSTP), sigismember(&set, SIGTTIN),
        sigismember(&set, SIGTTOU), continued);
    sigemptyset(&set);
    sigaddset(&set, SIGCONT);
    MUST(sigprocmask(SIG_BLOCK, &set, NULL));
    raise(SIGCONT);
    raise(SIGTSTP);
    sigpending(&set);
    SAY("pending CONT %d TSTP %d, continued %d", sigismember(&set, SIGCONT),
        sigismember(&set, SIGTSTP), continued);
    signal(SIGTSTP, SIG_IGN);
    sigemptyset(&set);
    MUST(sigprocmask(SIG_SETMASK, &set, NULL));
    SAY("ignored, continued %d", continued);
    on_signal(SIGTSTP, on_cont, 0);
    raise(SIGTSTP);
    SAY("handled %d", continued);
    return 0;
}
