/*
 * variants: all
 * exit: 7
 * A program may execute itself, from a forked child and in place, however it is linked: one with
 * fixed addresses needs those that it occupies itself.
 */
#include "compat.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void again(const char *depth)
{
    char *argv[] = {"again", (char *)depth, NULL};
    extern char **environ;

    execve("/proc/self/exe", argv, environ);
    perror("execve");
    _exit(99);
}

int main(int argc, char **argv)
{
    int depth = argc > 1 ? atoi(argv[1]) : 0, status;
    pid_t pid;

    printf("depth %d as %s\n", depth, depth ? argv[0] : "itself");
    fflush(stdout);
    if (depth == 2)
        return 7;
    if (depth == 1)
        again("2");
    pid = MUST(fork());
    if (!pid)
        again("1");
    CHECK(waitpid(pid, &status, 0) == pid);
    SHOW(WEXITSTATUS(status));
    again("2");
    return 0;
}
