/*
 * RLIMIT_SIGPENDING: queued signals beyond it are EAGAIN; kill(2) gets through, without who sent
 * it, for real-time signals too; standard signals are pending once anyway.
 */
#include "compat.h"
#include <sys/resource.h>

int main(void)
{
    struct rlimit small = {5, 5};
    sigset_t set;
    siginfo_t info;
    struct timespec zero = {0, 0};
    int queued = 0, taken = 0, sig;

    sigfillset(&set);
    MUST(sigprocmask(SIG_BLOCK, &set, NULL));
    /* What other processes of the user have pending counts too: only that it is bounded is shown.
     */
    MUST(setrlimit(RLIMIT_SIGPENDING, &small));
    while (queued < 100 && sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = queued}) == 0)
        queued++;
    CHECK(queued <= 5);
    SHOW(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 7}));
    SHOW(sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = 7}));
    SHOW(sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 7}));
    SHOW(kill(getpid(), SIGRTMIN + 2));
    SHOW(raise(SIGRTMIN + 3));
    SHOW(raise(SIGUSR2));
    while ((sig = sigtimedwait(&set, &info, &zero)) != -1) {
        if (sig == SIGRTMIN)
            CHECK(info.si_value.sival_int == taken++);
        else
            SAY("signal %d code %d pid %d", sig, info.si_code, info.si_pid == getpid());
    }
    CHECK(taken == queued);
    return 0;
}
