/*
 * WUNTRACED and WCONTINUED: a child that SIGSTOP stops and SIGCONT continues is told of once each,
 * with SIGCHLD unless SA_NOCLDSTOP; it does nothing while stopped.
 */
#include "../fork/fork.h"
#include <poll.h>

static volatile sig_atomic_t code, count;

static void on_child(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    (void)context;
    code = info->si_code;
    count++;
}

static void wait_count(int n)
{
    sigset_t none;

    sigemptyset(&none);
    while (count < n)
        sigsuspend(&none);
}

int main(void)
{
    struct sigaction sa = {.sa_sigaction = on_child, .sa_flags = SA_SIGINFO};
    struct gate go = gate_new(), done = gate_new();
    struct pollfd p = {.fd = done.fds[0], .events = POLLIN};
    sigset_t set;
    siginfo_t info;
    int status;
    pid_t pid;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    MUST(sigaction(SIGCHLD, &sa, NULL));
    pid = must_fork();
    if (pid == 0) {
        for (;;) {
            gate_wait(go);
            gate_open(done);
        }
    }
    gate_open(go);
    gate_wait(done);
    SHOW(kill(pid, SIGSTOP));
    CHECK(waitpid(pid, &status, WUNTRACED) == pid);
    SAY("%s", status_name(status));
    wait_count(1);
    SAY("code %d", (int)code);
    SHOW(waitpid(pid, &status, WUNTRACED | WNOHANG));
    gate_open(go);
    SHOW(poll(&p, 1, 30)); /* it does not run */
    SHOW(kill(pid, SIGCONT));
    CHECK(waitpid(pid, &status, WCONTINUED) == pid);
    SAY("%s", status_name(status));
    wait_count(2);
    SAY("code %d", (int)code);
    gate_wait(done);

    sa.sa_flags |= SA_NOCLDSTOP;
    MUST(sigaction(SIGCHLD, &sa, NULL));
    SHOW(kill(pid, SIGSTOP));
    memset(&info, 0, sizeof(info));
    SHOW(waitid(P_ALL, 0, &info, WSTOPPED | WNOWAIT));
    SAY("code %d status %d", info.si_code, info.si_status);
    SHOW(waitid(P_PID, pid, &info, WSTOPPED));
    SHOW(waitid(P_PID, pid, &info, WSTOPPED | WNOHANG));
    SHOW(info.si_pid);
    SHOW(kill(pid, SIGKILL)); /* also while stopped */
    wait_count(3);
    SAY("code %d", (int)code);
    reap("child", pid);
    SAY("%d signals", (int)count);
    return 0;
}
