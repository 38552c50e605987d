/*
 * SIGCHLD ignored, or SA_NOCLDWAIT: children leave no zombie; wait(2) waits for all to end and has
 * ECHILD then. SIG_DFL is not SIG_IGN.
 */
#include "../fork/fork.h"

static volatile sig_atomic_t count;

static void on_child(int sig)
{
    (void)sig;
    count++;
}

static int two(void *arg)
{
    gate_wait(*(struct gate *)arg);
    return 2;
}

int main(void)
{
    struct gate hold = gate_new();
    pid_t pid;
    int status;

    signal(SIGCHLD, SIG_IGN);
    pid = spawn(two, &hold);
    spawn(two, &hold);
    SHOW(waitpid(pid, &status, WNOHANG));
    gate_open(hold);
    gate_open(hold);
    SHOW(wait(&status));
    SHOW(kill(pid, 0));

    on_signal(SIGCHLD, on_child, SA_NOCLDWAIT | SA_RESTART);
    pid = spawn(two, &hold);
    gate_open(hold);
    SHOW(waitpid(pid, &status, 0));
    SHOW(count);

    signal(SIGCHLD, SIG_DFL);
    pid = spawn(two, &hold);
    gate_open(hold);
    reap("default", pid);
    return 0;
}
