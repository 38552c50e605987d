/*
 * Every signal can be sent to another process, whatever the sender's number means to its host: to a
 * child, and to a parent, by kill and with a value. Those of faults are no faults there.
 */
#include "fork.h"

enum {
    LIBC_FIRST = 32,
    LIBC_LAST = 33
};

/* What can be blocked and does not discard others. */
static bool is_sent(int signal)
{
    return signal != SIGKILL && signal != SIGSTOP && signal != SIGCONT && signal != SIGCHLD &&
           !(signal >= LIBC_FIRST && signal <= LIBC_LAST);
}

static void send_all(pid_t pid)
{
    for (int signal = 1; signal <= 64; signal++) {
        if (!is_sent(signal))
            continue;
        if (signal % 2)
            MUST(kill(pid, signal));
        else
            MUST(sigqueue(pid, signal, (union sigval){.sival_int = signal}));
    }
    MUST(kill(pid, SIGCHLD)); /* the last */
}

static void take_all(const char *who)
{
    int taken = 0, wrong = 0;
    siginfo_t info;
    sigset_t set;

    for (int signal = 1; signal <= 64; signal++) {
        sigemptyset(&set);
        sigaddset(&set, signal);
        if (!is_sent(signal))
            continue;
        MUST(sigwaitinfo(&set, &info));
        taken++;
        wrong += info.si_signo != signal || info.si_errno ||
                 info.si_code != (signal % 2 ? SI_USER : SI_QUEUE) ||
                 (signal % 2 == 0 && info.si_value.sival_int != signal);
    }
    SAY("%s took %d, %d of them wrong", who, taken, wrong);
}

int main(void)
{
    sigset_t all;
    pid_t pid;
    int status;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    pid = must_fork();
    if (!pid) {
        take_all("the child");
        send_all(getppid());
        _exit(0);
    }
    send_all(pid);
    take_all("the parent");
    MUST(waitpid(pid, &status, 0));
    SHOW(status);
    return 0;
}
