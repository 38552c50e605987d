/* signalfd(2): blocked signals are read as data, and make it ready to poll. */
#include "compat.h"
#include <poll.h>
#include <sys/signalfd.h>

int main(void)
{
    struct signalfd_siginfo infos[4];
    struct pollfd p = {.events = POLLIN};
    sigset_t set;
    ssize_t n;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    MUST(sigprocmask(SIG_BLOCK, &set, NULL));
    p.fd = MUST(signalfd(-1, &set, SFD_NONBLOCK));
    SHOW(read(p.fd, infos, sizeof(infos)));
    SHOW(poll(&p, 1, 0));
    raise(SIGUSR2);
    raise(SIGUSR1);
    SHOW(poll(&p, 1, 0));
    SHOW(read(p.fd, infos, 10));
    n = SHOW(read(p.fd, infos, sizeof(infos)));
    for (int i = 0; i < (int)(n / sizeof(*infos)); i++)
        SAY("signal %u from %s", infos[i].ssi_signo,
            (pid_t)infos[i].ssi_pid == getpid() ? "self" : "?");
    sigdelset(&set, SIGUSR2);
    SHOW(signalfd(p.fd, &set, 0) == p.fd);
    raise(SIGUSR2);
    SHOW(read(p.fd, infos, sizeof(infos)));
    return 0;
}
