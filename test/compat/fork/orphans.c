/*
 * Processes whose parent ended before them, one after the other, more than can live at once: each
 * tells its end by closing a pipe, and nothing of it is left. Killed parents leave such children
 * too.
 */
#include "fork.h"
#include <sys/prctl.h>

enum {
    ORPHANS = 1100,
};

/* The grandchild's pipe reaches its end when it has ended. */
static void one(bool killed)
{
    struct gate born = gate_new();
    int fds[2];
    char c;
    pid_t pid;

    MUST(pipe(fds));
    pid = MUST(fork());
    if (pid == 0) {
        if (MUST(fork()) == 0)
            _exit(0);
        gate_open(born);
        if (killed)
            pause();
        _exit(0);
    }
    gate_wait(born);
    if (killed)
        MUST(kill(pid, SIGKILL));
    CHECK(waitpid(pid, NULL, 0) == pid);
    close(fds[1]);
    CHECK(read(fds[0], &c, 1) == 0);
    close(fds[0]);
    close(born.fds[0]);
    close(born.fds[1]);
}

/* PR_SET_PDEATHSIG of a child whose parent was killed. */
static void told(void)
{
    struct gate born = gate_new();
    int fds[2];
    char c = 0;
    pid_t pid;

    MUST(pipe(fds));
    pid = must_fork();
    if (pid == 0) {
        sigset_t set;

        sigemptyset(&set);
        sigaddset(&set, SIGUSR2);
        sigprocmask(SIG_BLOCK, &set, NULL);
        if (must_fork() == 0) {
            MUST(prctl(PR_SET_PDEATHSIG, SIGUSR2));
            gate_open(born);
            c = (char)sigwaitinfo(&set, NULL);
            _exit(write(fds[1], &c, 1) != 1);
        }
        pause();
    }
    gate_wait(born);
    MUST(kill(pid, SIGKILL));
    reap("parent", pid);
    SHOW(read(fds[0], &c, 1));
    CHECK(c == SIGUSR2);
}

int main(void)
{
    for (int i = 0; i < ORPHANS; i++)
        one(i % 10 == 0);
    SAY("%d came and went", ORPHANS);
    told();
    return 0;
}
