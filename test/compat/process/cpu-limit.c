/* RLIMIT_CPU: SIGXCPU at the soft limit and each second behind it, SIGKILL at the hard one; the
 * time of a child begins at 0. */
#include "compat.h"
#include <sys/resource.h>
#include <sys/wait.h>

static volatile sig_atomic_t told;

static void tell(int sig UNUSED)
{
    told++;
}

static void compute(void)
{
    while (told < 2)
        for (volatile int i = 0; i < 100000; i++)
            ;
}

static void report(pid_t child)
{
    int status;

    MUST(waitpid(child, &status, 0));
    if (WIFSIGNALED(status))
        SAY("ended by %s", strsignal(WTERMSIG(status)));
    else
        SAY("exit %d", WEXITSTATUS(status));
}

int main(void)
{
    struct rlimit soft = {1, RLIM_INFINITY}, hard = {1, 1}, both = {1, 2}, now;
    pid_t child = MUST(fork());

    if (!child) {
        on_signal(SIGXCPU, tell, 0);
        SHOW(setrlimit(RLIMIT_CPU, &soft));
        compute(); /* two signals: at 1 s and 2 s */
        MUST(getrlimit(RLIMIT_CPU, &now));
        CHECK(now.rlim_max == RLIM_INFINITY);
        child = MUST(fork());
        if (!child)
            _exit(5); /* not at its limit */
        report(child);
        exit(0);
    }
    report(child);
    child = MUST(fork());
    if (!child) {
        SHOW(setrlimit(RLIMIT_CPU, &both));
        signal(SIGXCPU, SIG_IGN);
        compute();
    }
    report(child);
    child = MUST(fork());
    if (!child) {
        SHOW(setrlimit(RLIMIT_CPU, &hard));
        if (!MUST(fork()))
            compute(); /* inherited */
        report(-1);
        exit(0);
    }
    report(child);
    return 0;
}
