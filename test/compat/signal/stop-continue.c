/*
 * SIGSTOP stops all threads until SIGCONT; a handler of SIGCONT runs then; stops pending at SIGCONT
 * are dropped; SIGTSTP stops unless it is blocked, ignored or handled. Here a child stops its
 * parent, or a stopped sibling is watched: as one program can, its own threads continue it never,
 * so another process has to.
 */
#include "compat.h"
#include <sys/wait.h>

static volatile int continued;

static void on_cont(int sig)
{
    (void)sig;
    continued++;
}

int main(void)
{
    sigset_t set;

    /* Without stopping: what can be seen by one process. */
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
