/*
 * wait4(2) and waitid(2): every form of id, WNOHANG, WNOWAIT, bad arguments; statuses of exit and
 * of death by a signal.
 *
 * variants: glibc musl static
 */
#include "../fork/fork.h"
#include <sys/resource.h>

static int exits(void *arg)
{
    return (int)(long)arg;
}

static int dies(void *arg)
{
    kill(getpid(), (int)(long)arg);
    pause();
    return 1;
}

static void show_info(const char *what, const siginfo_t *info, pid_t pid)
{
    SAY("%s: ours %d code %d status %d signo %d", what, info->si_pid == pid, info->si_code,
        info->si_status, info->si_signo);
}

int main(void)
{
    struct gate hold = gate_new();
    struct rusage usage;
    siginfo_t info;
    int status;
    pid_t pid, group;

    SHOW(wait(&status));
    SHOW(waitpid(0, &status, 0));
    SHOW(waitpid(getpid(), &status, 0));
    SHOW(waitpid(1, &status, WNOHANG));
    SHOW(waitpid(-1, &status, 0x40));
    SHOW(waitid(P_ALL, 0, &info, 0));
    SHOW(waitid(P_ALL, 0, &info, WEXITED | 0x40));
    SHOW(waitid(9, 0, &info, WEXITED));
    SHOW(waitid(P_PID, 0, &info, WEXITED));
    SHOW(waitid(P_PIDFD, 99, &info, WEXITED));

    pid = must_fork();
    if (pid == 0) {
        gate_wait(hold);
        _exit(1);
    }
    SHOW(waitpid(pid, &status, WNOHANG));
    memset(&info, 1, sizeof(info));
    SHOW(waitid(P_ALL, 0, &info, WEXITED | WNOHANG));
    SAY("pid %d signo %d", info.si_pid, info.si_signo);
    gate_open(hold);
    CHECK(wait4(-1, &status, 0, &usage) == pid);
    SAY("any: %s", status_name(status));

    pid = spawn(exits, (void *)300L);
    CHECK(waitpid(0, &status, 0) == pid);
    SAY("own group: %s", status_name(status));

    pid = spawn(exits, (void *)5L);
    group = getpgid(pid);
    CHECK(group == getpgrp());
    CHECK(waitpid(-group, &status, 0) == pid);
    SAY("group: %s", status_name(status));

    pid = spawn(dies, (void *)(long)SIGTERM);
    SHOW(waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
    show_info("kept", &info, pid);
    SHOW(kill(pid, 0)); /* a zombie is there */
    SHOW(waitid(P_PGID, 0, &info, WEXITED));
    show_info("taken", &info, pid);
    SHOW(waitid(P_PID, pid, &info, WEXITED));

    pid = spawn(dies, (void *)(long)SIGKILL);
    reap("KILL", pid);
    pid = spawn(dies, (void *)(long)SIGUSR1);
    reap("USR1", pid);
    pid = spawn(dies, (void *)(long)SIGRTMIN);
    reap("RTMIN", pid);
    pid = spawn(exits, (void *)0L);
    SHOW(waitid(P_ALL, 0, NULL, WEXITED));
    pid = spawn(exits, (void *)0L);
    CHECK(waitpid(-1, NULL, 0) == pid);
    pid = spawn(exits, (void *)0L);
    SHOW(waitpid(pid, (int *)8, 0));
    return 0;
}
