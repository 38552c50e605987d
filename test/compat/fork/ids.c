/*
 * fork(2): the child has an id of its own, its parent's is the caller's; the parent gets the
 * child's.
 *
 * variants: all
 */
#include "fork.h"

int main(void)
{
    pid_t self = getpid(), told[3], pid;
    int status, fds[2];

    MUST(pipe(fds));
    pid = must_fork();
    if (pid == 0) {
        pid_t mine[3] = {getpid(), getppid(), syscall(SYS_gettid)};

        CHECK(write(fds[1], mine, sizeof(mine)) == sizeof(mine));
        SAY("child: main thread %d", mine[0] == mine[2]);
        SAY("child: group kept %d, session kept %d", getpgrp() == getpgid(getppid()),
            getsid(0) == getsid(getppid()));
        exit(42);
    }
    CHECK(read(fds[0], told, sizeof(told)) == sizeof(told));
    CHECK(told[0] == pid && told[1] == self && pid != self);
    CHECK(getpid() == self);
    CHECK(waitpid(pid, &status, 0) == pid);
    SAY("parent: %d %d", WIFEXITED(status), WEXITSTATUS(status));
    SHOW(waitpid(pid, &status, 0));
    SHOW(kill(pid, 0));
    return 0;
}
