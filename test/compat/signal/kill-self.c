/*
 * SIGKILL cannot be caught.
 *
 * exit: 137
 */
#include "compat.h"

static void never(int sig)
{
    SAY("not called for %d", sig);
}

int main(void)
{
    struct sigaction sa = {.sa_handler = never};

    SHOW(sigaction(SIGKILL, &sa, NULL));
    SHOW(sigaction(SIGSTOP, &sa, NULL));
    kill(getpid(), SIGKILL);
    SAY("not reached");
    return 0;
}
