/* SIGCHLD: its siginfo tells of the child; a handler and a wait both see it; a waiting call comes
 * first. */
#include "../fork/fork.h"

static volatile sig_atomic_t count;
static siginfo_t last;

static void on_child(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    (void)context;
    last = *info;
    count++;
}

static int nothing(void *arg)
{
    (void)arg;
    return 0;
}

static void child_by(const char *what, int status, int sig)
{
    pid_t pid = must_fork();
    sigset_t none;

    if (pid == 0) {
        if (sig)
            raise(sig);
        _exit(status);
    }
    sigemptyset(&none);
    for (int before = count; count == before;)
        sigsuspend(&none);
    CHECK(last.si_pid == pid && last.si_uid == getuid() && last.si_signo == SIGCHLD);
    SAY("%s: code %d status %d", what, last.si_code, last.si_status);
    reap(what, pid);
}

int main(void)
{
    struct sigaction sa = {.sa_sigaction = on_child, .sa_flags = SA_SIGINFO};
    sigset_t set;
    int status;
    pid_t pid;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    MUST(sigaction(SIGCHLD, &sa, NULL));
    child_by("exit", 77, 0);
    child_by("signal", 0, SIGALRM);
    child_by("kill", 0, SIGKILL);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    for (int i = 0; i < 20; i++) {
        pid = spawn(nothing, NULL);
        CHECK(waitpid(pid, &status, 0) == pid); /* never EINTR: the child is there by then */
    }
    SAY("%d or more", count >= 4 ? 4 : (int)count);
    return 0;
}
