/* prctl(2) PR_SET_PDEATHSIG: the child is signalled when its parent ends; a fork clears it. */
#include "fork.h"
#include <sys/prctl.h>

int main(void)
{
    struct gate ready = gate_new();
    int fds[2], sig = 0;
    char c;

    MUST(pipe(fds));
    pid_t pid = must_fork();

    if (pid == 0) {
        if (must_fork() == 0) {
            sigset_t set;

            sigemptyset(&set);
            sigaddset(&set, SIGUSR1);
            sigprocmask(SIG_BLOCK, &set, NULL);
            MUST(prctl(PR_SET_PDEATHSIG, SIGUSR1));
            MUST(prctl(PR_GET_PDEATHSIG, &sig));
            SHOW(sig);
            if (must_fork() == 0) {
                MUST(prctl(PR_GET_PDEATHSIG, &sig));
                SHOW(sig);
                _exit(0);
            }
            wait(NULL);
            gate_open(ready);
            sig = sigwaitinfo(&set, NULL);
            c = (char)sig;
            _exit(write(fds[1], &c, 1) != 1);
        }
        gate_wait(ready);
        _exit(0);
    }
    reap("parent", pid);
    SHOW(read(fds[0], &c, 1));
    SAY("got %d", c);
    return 0;
}
