/* SA_RESETHAND, SA_NODEFER, SIG_IGN and SIG_DFL. */
#include "compat.h"

static volatile int depth, deepest, calls;

static void nest(int sig)
{
    depth++;
    calls++;
    if (depth > deepest)
        deepest = depth;
    if (calls < 3)
        raise(sig);
    depth--;
}

static void run(int flags)
{
    deepest = calls = 0;
    on_signal(SIGUSR1, nest, flags);
    raise(SIGUSR1);
    SAY("calls %d deepest %d", calls, deepest);
}

int main(void)
{
    struct sigaction old;

    run(0);
    run(SA_NODEFER);
    calls = 5;
    on_signal(SIGUSR2, nest, SA_RESETHAND);
    raise(SIGUSR2);
    MUST(sigaction(SIGUSR2, NULL, &old));
    SAY("%s", old.sa_handler == SIG_DFL ? "default" : "kept");
    signal(SIGUSR2, SIG_IGN);
    SHOW(raise(SIGUSR2));
    SHOW(raise(SIGCHLD));
    SHOW(raise(SIGURG));
    SHOW(raise(SIGWINCH));
    SHOW(raise(SIGCONT));
    return 0;
}
