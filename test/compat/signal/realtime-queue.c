/* Real-time signals queue, in order, lowest number first, each with its value. */
#include "compat.h"

static int seen[40][2], n;

static void on_rt(int sig, siginfo_t *info, void *context)
{
    (void)context;
    seen[n][0] = sig - SIGRTMIN;
    seen[n++][1] = info->si_value.sival_int;
}

int main(void)
{
    struct sigaction sa = {.sa_sigaction = on_rt, .sa_flags = SA_SIGINFO};
    sigset_t all;

    sigfillset(&all);
    sa.sa_mask = all;
    for (int i = 0; i < 4; i++)
        MUST(sigaction(SIGRTMIN + i, &sa, NULL));
    MUST(sigprocmask(SIG_BLOCK, &all, NULL));
    for (int i = 0; i < 12; i++)
        MUST(sigqueue(getpid(), SIGRTMIN + 3 - i % 4, (union sigval){.sival_int = i}));
    sigemptyset(&all);
    MUST(sigprocmask(SIG_SETMASK, &all, NULL));
    for (int i = 0; i < n; i++)
        SAY("RTMIN+%d value %d", seen[i][0], seen[i][1]);
    return 0;
}
