/*
 * Signals between forked processes: sent before the receiver could look, stopped and continued,
 * with a value, to a thread, and what SIGCHLD tells of all that.
 */
#include "fork.h"
#include <sys/syscall.h>

static pid_t paused_child(void)
{
    pid_t pid = must_fork();

    if (pid == 0) {
        for (;;)
            pause();
    }
    return pid;
}

/* At once after the fork, when the child has not run yet: none is lost. */
static void at_once(void)
{
    const int signals[] = {SIGPIPE, SIGTERM, SIGKILL, SIGUSR1, SIGRTMIN};
    int lost = 0;

    for (int round = 0; round < 40; round++) {
        int signal = signals[round % 5], status;
        pid_t pid = paused_child();

        MUST(kill(pid, signal));
        MUST(waitpid(pid, &status, 0));
        lost += !WIFSIGNALED(status) || WTERMSIG(status) != signal;
    }
    SHOW(lost);
}

static void show_child(const siginfo_t *info, pid_t pid)
{
    SAY("signal %d code %d status %d ours %d uid %d", info->si_signo, info->si_code,
        info->si_status, info->si_pid == pid, info->si_uid == getuid());
}

static void stopped(void)
{
    sigset_t set, old;
    siginfo_t info;
    int status;
    pid_t pid;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, &old);
    pid = paused_child();
    MUST(kill(pid, SIGSTOP));
    MUST(sigwaitinfo(&set, &info));
    show_child(&info, pid);
    MUST(waitpid(pid, &status, WUNTRACED));
    SAY("%s", status_name(status));
    MUST(kill(pid, SIGCONT));
    MUST(sigwaitinfo(&set, &info));
    show_child(&info, pid);
    MUST(waitpid(pid, &status, WCONTINUED));
    SAY("%s", status_name(status));
    MUST(kill(pid, SIGSTOP));
    MUST(sigwaitinfo(&set, &info));
    MUST(kill(pid, SIGPIPE)); /* waits until it goes on */
    SHOW(waitpid(pid, &status, WNOHANG));
    MUST(kill(pid, SIGCONT));
    do {
        MUST(waitpid(pid, &status, 0));
    } while (!WIFSIGNALED(status));
    SAY("%s", status_name(status));
    /* That it went on and that it ended may be told as one. */
    while (sigtimedwait(&set, &info, &(struct timespec){0}) == SIGCHLD)
        ;
    pid = must_fork();
    if (pid == 0)
        _exit(7);
    MUST(sigwaitinfo(&set, &info));
    show_child(&info, pid);
    reap("exits", pid);
    sigprocmask(SIG_SETMASK, &old, NULL);
}

/* A value, and tgkill to its only thread: one after the other, as their order is not told. */
static void with_value(void)
{
    struct gate taken = gate_new();
    sigset_t set, old;
    siginfo_t info;
    pid_t pid;

    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, &old);
    pid = must_fork();
    if (pid == 0) {
        for (int i = 0; i < 4; i++) {
            MUST(sigwaitinfo(&set, &info));
            SAY("signal %d code %d value %d from parent %d", info.si_signo, info.si_code,
                info.si_code == SI_QUEUE ? info.si_value.sival_int : 0, info.si_pid == getppid());
            gate_open(taken);
        }
        fflush(stdout);
        _exit(0);
    }
    MUST(sigqueue(pid, SIGUSR1, (union sigval){.sival_int = 5}));
    gate_wait(taken);
    MUST(sigqueue(pid, SIGRTMIN, (union sigval){.sival_int = 6}));
    MUST(sigqueue(pid, SIGRTMIN, (union sigval){.sival_int = 7}));
    gate_wait(taken);
    gate_wait(taken);
    MUST(syscall(SYS_tgkill, pid, pid, SIGRTMIN));
    reap("queue", pid);
    sigprocmask(SIG_SETMASK, &old, NULL);
}

int main(void)
{
    at_once();
    stopped();
    with_value();
    return 0;
}
