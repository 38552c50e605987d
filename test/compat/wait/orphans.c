/*
 * A process whose parent has ended gets another parent, and nobody waits for it but that one.
 */
#include "../fork/fork.h"

int main(void)
{
    struct gate ended = gate_new(), looked = gate_new();
    int fds[2], status;
    char changed = 0;
    pid_t pid;

    MUST(pipe(fds));
    pid = must_fork();
    if (pid == 0) {
        pid_t parent = getpid();

        if (must_fork() == 0) {
            CHECK(getppid() == parent);
            gate_open(looked);
            gate_wait(ended);
            changed = getppid() != parent;
            _exit(write(fds[1], &changed, 1) != 1);
        }
        gate_wait(looked);
        _exit(3);
    }
    reap("its parent", pid);
    gate_open(ended);
    SHOW(read(fds[0], &changed, 1));
    SHOW(changed);
    SHOW(waitpid(-1, &status, 0));
    return 0;
}
