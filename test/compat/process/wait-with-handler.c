/*
 * A wait that is interrupted by the SIGCHLD of the very child it waits for returns that child, also
 * when the handler does not restart calls (wait(2): the child is there, EINTR only without one).
 */
#include "compat.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void note(int signal)
{
    (void)signal;
}

int main(void)
{
    struct sigaction action = {.sa_handler = note};
    int status;

    MUST(sigaction(SIGCHLD, &action, NULL));
    for (int i = 0; i < 20; i++) {
        pid_t pid = MUST(fork());

        if (!pid)
            _exit(i);
        CHECK(waitpid(-1, &status, 0) == pid);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == i);
    }
    SHOW(waitpid(-1, &status, 0));
    return 0;
}
