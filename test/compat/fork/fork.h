/* Children of the fork, exec and wait cases. */
#ifndef COMPAT_FORK_H
#define COMPAT_FORK_H

#include "../compat.h"
#include <sys/wait.h>

/* "exit 3", "killed by 9", "stopped by 19": what wait(2) told. */
UNUSED static const char *status_name(int status)
{
    static __thread char text[64];

    if (WIFEXITED(status))
        snprintf(text, sizeof(text), "exit %d", WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        snprintf(text, sizeof(text), "killed by %d", WTERMSIG(status));
    else if (WIFSTOPPED(status))
        snprintf(text, sizeof(text), "stopped by %d", WSTOPSIG(status));
    else
        snprintf(text, sizeof(text), "continued");
    return text;
}

/* Forks; nothing buffered is printed twice. */
UNUSED static pid_t must_fork(void)
{
    fflush(stdout);
    return MUST(fork());
}

/* Waits for that child to end and prints how. */
UNUSED static int reap(const char *who, pid_t pid)
{
    int status;
    pid_t got;

    while ((got = waitpid(pid, &status, 0)) == -1 && errno == EINTR)
        ;
    MUST(got);
    CHECK(got == pid);
    SAY("%s: %s", who, status_name(status));
    return status;
}

/* A child that runs this and exits with what it returns. */
UNUSED static pid_t spawn(int (*run)(void *), void *arg)
{
    pid_t pid = must_fork();

    if (pid == 0)
        _exit(run(arg));
    return pid;
}

/* One process tells the other that it got somewhere: a pipe made before the fork. */
struct gate {
    int fds[2];
};

UNUSED static struct gate gate_new(void)
{
    struct gate gate;

    MUST(pipe2(gate.fds, O_CLOEXEC));
    return gate;
}

UNUSED static void gate_open(struct gate gate)
{
    CHECK(write(gate.fds[1], "", 1) == 1);
}

UNUSED static void gate_wait(struct gate gate)
{
    char c;
    ssize_t n;

    while ((n = read(gate.fds[0], &c, 1)) == -1 && errno == EINTR)
        ;
    CHECK(n == 1);
}

#endif
