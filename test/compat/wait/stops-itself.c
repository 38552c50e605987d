/* A child that raises SIGSTOP, or one of the terminal's stop signals, stops; its handler of SIGCONT
 * runs. */
#include "../fork/fork.h"

static volatile sig_atomic_t continued;

static void on_cont(int sig)
{
    (void)sig;
    continued++;
}

static int stop_by(int sig)
{
    struct gate told = gate_new();
    int status;
    pid_t pid = must_fork();

    if (pid == 0) {
        on_signal(SIGCONT, on_cont, 0);
        setpgid(0, 0); /* no orphaned group: it has a parent in another one of its session */
        raise(sig);
        while (!continued)
            sched_yield();
        gate_wait(told);
        _exit(30 + continued);
    }
    CHECK(waitpid(pid, &status, WUNTRACED) == pid);
    SAY("%s", status_name(status));
    if (WIFSTOPPED(status)) {
        MUST(kill(pid, SIGCONT));
        CHECK(waitpid(pid, &status, WCONTINUED) == pid);
        SAY("%s", status_name(status));
        gate_open(told);
        reap("child", pid);
    }
    return 0;
}

int main(void)
{
    stop_by(SIGSTOP);
    stop_by(SIGTSTP);
    stop_by(SIGTTIN);
    return 0;
}
