/*
 * vfork(2): the caller goes on only when the child has exited or has called execve(2); other
 * threads of the parent go on meanwhile.
 *
 * variants: glibc musl static
 */
#include "fork.h"

int main(void)
{
    int fds[2];
    char c = 'x';
    pid_t pid;

    MUST(pipe2(fds, O_NONBLOCK));
    pid = vfork();
    if (pid == 0) {
        write(fds[1], "a", 1);
        _exit(7);
    }
    SHOW(read(fds[0], &c, 1)); /* the child was first */
    SAY("%c", c);
    reap("child that exits", pid);

    pid = vfork();
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", "exit 9", (char *)0);
        _exit(1);
    }
    reap("child that execs", pid);

    pid = vfork();
    if (pid == 0) {
        execl("./none", "none", (char *)0);
        _exit(errno == ENOENT ? 10 : 1);
    }
    reap("child whose exec fails", pid);

    pid = vfork();
    if (pid == 0) {
        kill(syscall(SYS_getpid), SIGKILL);
        _exit(1);
    }
    reap("child that is killed", pid);
    return 0;
}
