/* daemon(3): a grandchild-like process in a session of its own, without the terminal. */
#include "fork.h"

int main(void)
{
    struct gate done = gate_new();
    char report[4];
    int fds[2];
    pid_t pid;

    MUST(pipe(fds));
    pid = must_fork();
    if (pid == 0) {
        char cwd[64];

        MUST(daemon(0, 0));
        gate_wait(done); /* its parent is gone */
        report[0] = getsid(0) == getpid();
        report[1] = getpgrp() == getpid();
        report[2] = strcmp(getcwd(cwd, sizeof(cwd)), "/") == 0;
        report[3] = setsid() == -1 && errno == EPERM;
        _exit(write(fds[1], report, sizeof(report)) != sizeof(report));
    }
    reap("its parent", pid);
    gate_open(done);
    SHOW(read(fds[0], report, sizeof(report)));
    SAY("session %d group %d root %d leader %d", report[0], report[1], report[2], report[3]);
    close(fds[1]);
    SHOW(read(fds[0], report, sizeof(report))); /* it ended */
    return 0;
}
