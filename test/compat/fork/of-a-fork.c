/* A fork of a fork, ten deep: each waits for its own and adds to what it told. */
#include "fork.h"

static int descend(int depth)
{
    pid_t pid;
    int status;

    if (depth == 10)
        return 1;
    pid = must_fork();
    if (pid == 0)
        _exit(descend(depth + 1));
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status));
    return WEXITSTATUS(status) + 1;
}

int main(void)
{
    SHOW(descend(0));
    return 0;
}
