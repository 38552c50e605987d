/*
 * Signals between parent and child: both ways, with the sender's pid as programs know it, with a
 * value, to a group, SIGKILL.
 */
#include "fork.h"

static siginfo_t next(int sig)
{
    sigset_t set;
    siginfo_t info;

    sigemptyset(&set);
    sigaddset(&set, sig);
    while (sigwaitinfo(&set, &info) == -1)
        CHECK(errno == EINTR);
    return info;
}

static void show(const char *who, siginfo_t info, pid_t from)
{
    SAY("%s: signal %d code %d sender %d uid %d value %d", who, info.si_signo, info.si_code,
        info.si_pid == from, info.si_uid == getuid(),
        info.si_code == SI_QUEUE ? info.si_value.sival_int : 0);
}

int main(void)
{
    struct gate printed = gate_new();
    sigset_t set;
    pid_t pid;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    pid = must_fork();
    if (pid == 0) {
        pid_t parent = getppid();

        show("child", next(SIGUSR1), parent);
        MUST(kill(parent, SIGUSR1));
        show("child", next(SIGRTMIN), parent);
        MUST(sigqueue(parent, SIGRTMIN, (union sigval){.sival_int = 8}));
        show("child", next(SIGUSR2), parent);
        MUST(kill(0, SIGUSR2)); /* both of us: one group */
        show("child", next(SIGUSR2), getpid());
        gate_open(printed);
        pause();
    }
    MUST(kill(pid, SIGUSR1));
    show("parent", next(SIGUSR1), pid);
    MUST(sigqueue(pid, SIGRTMIN, (union sigval){.sival_int = 7}));
    show("parent", next(SIGRTMIN), pid);
    MUST(syscall(SYS_tgkill, pid, pid, SIGUSR2));
    gate_wait(printed);
    show("parent", next(SIGUSR2), pid);
    SHOW(kill(pid, SIGKILL));
    reap("child", pid);
    SHOW(kill(pid, SIGKILL));
    SHOW(sigqueue(pid, SIGUSR1, (union sigval){0}));
    return 0;
}
