/* pselect: a mask for the wait; the time is left alone by the libc's call. */
#include "compat.h"
#include <sys/select.h>

static volatile int handled;

static void on_usr1(int sig)
{
    (void)sig;
    handled++;
}

int main(void)
{
    struct timespec brief = {0, 5000000};
    sigset_t block, none;
    fd_set in;
    int ends[2];

    MUST(pipe(ends));
    FD_ZERO(&in);
    FD_SET(ends[0], &in);
    SHOW(pselect(ends[0] + 1, &in, NULL, NULL, &brief, NULL));
    SAY("%ld %d", brief.tv_nsec, !!FD_ISSET(ends[0], &in));
    on_signal(SIGUSR1, on_usr1, SA_RESTART);
    sigemptyset(&none);
    sigemptyset(&block);
    sigaddset(&block, SIGUSR1);
    MUST(sigprocmask(SIG_BLOCK, &block, NULL));
    raise(SIGUSR1);
    FD_SET(ends[0], &in);
    SHOW(pselect(ends[0] + 1, &in, NULL, NULL, NULL, &none));
    SAY("handled %d", handled);
    return 0;
}
