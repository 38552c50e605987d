/* epoll_pwait lets a blocked signal in only while it waits. */
#include "epoll.h"

static volatile int handled;

static void on_usr1(int sig)
{
    (void)sig;
    handled++;
}

int main(void)
{
    struct epoll_event event;
    int set = MUST(epoll_create1(0));
    sigset_t block, none, now;

    on_signal(SIGUSR1, on_usr1, 0);
    sigemptyset(&none);
    sigemptyset(&block);
    sigaddset(&block, SIGUSR1);
    MUST(sigprocmask(SIG_BLOCK, &block, NULL));
    raise(SIGUSR1);
    SHOW(epoll_wait(set, &event, 1, 10));
    SAY("handled %d", handled);
    SHOW(epoll_pwait(set, &event, 1, -1, &none));
    SAY("handled %d", handled);
    MUST(sigprocmask(SIG_BLOCK, NULL, &now));
    SHOW(sigismember(&now, SIGUSR1));
    SHOW(epoll_pwait(set, &event, 1, 0, &none));
    return 0;
}
