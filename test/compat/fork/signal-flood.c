/*
 * None of many signals sent with a value gets lost on its way to a process that is slow to take
 * them; each comes once, in order.
 */
#include "fork.h"

enum {
    SIGNALS = 5000
};

int main(void)
{
    int expected = 0, wrong = 0, status;
    siginfo_t info;
    sigset_t set;
    pid_t pid;

    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    pid = must_fork();
    if (!pid) {
        for (int i = 0; i < SIGNALS; i++) {
            MUST(sigwaitinfo(&set, &info));
            wrong += info.si_value.sival_int != expected++;
        }
        SAY("%d wrong", wrong);
        _exit(0);
    }
    for (int i = 0; i < SIGNALS; i++) {
        while (sigqueue(pid, SIGRTMIN, (union sigval){.sival_int = i})) {
            CHECK(errno == EAGAIN); /* as many as RLIMIT_SIGPENDING allows */
            sched_yield();
        }
    }
    MUST(waitpid(pid, &status, 0));
    SHOW(status);
    return 0;
}
