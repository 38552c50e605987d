/*
 * ppoll, pselect and epoll_pwait: a pending signal that their mask unblocks ends them with EINTR,
 * but when something is ready already they say so and the signal stays blocked and pending.
 *
 * variants: glibc musl
 */
#include "compat.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

static volatile int handled;

static void on_usr1(int sig)
{
    (void)sig;
    handled++;
}

static void show_state(void)
{
    sigset_t mask, pending;

    MUST(sigprocmask(SIG_BLOCK, NULL, &mask));
    MUST(sigpending(&pending));
    SAY("handled %d, blocked %d, pending %d", handled, sigismember(&mask, SIGUSR1),
        sigismember(&pending, SIGUSR1));
}

static void all(int fd, const char *when)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    struct epoll_event event = {.events = EPOLLIN};
    int epoll_fd = MUST(epoll_create1(0));
    sigset_t none;
    fd_set set;

    MUST(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event));
    SAY("%s", when);
    sigemptyset(&none);
    raise(SIGUSR1);
    SHOW(ppoll(&p, 1, NULL, &none));
    show_state();
    raise(SIGUSR1);
    FD_ZERO(&set);
    FD_SET(fd, &set);
    SHOW(pselect(fd + 1, &set, NULL, NULL, NULL, &none));
    show_state();
    raise(SIGUSR1);
    SHOW(epoll_pwait(epoll_fd, &event, 1, -1, &none));
    show_state();
    raise(SIGUSR1);
    SHOW(epoll_pwait(epoll_fd, &event, 1, 0, &none));
    show_state();
    raise(SIGUSR1);
    SHOW(ppoll(NULL, 0, &(struct timespec){0, 0}, &none));
    show_state();
    MUST(close(epoll_fd));
}

int main(void)
{
    int ends[2];
    sigset_t set;

    MUST(pipe(ends));
    on_signal(SIGUSR1, on_usr1, SA_RESTART);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    MUST(sigprocmask(SIG_BLOCK, &set, NULL));
    all(ends[0], "not ready");
    CHECK(write(ends[1], "x", 1) == 1);
    all(ends[0], "ready");
    SHOW(syscall(SYS_ppoll, NULL, 0, NULL, &set, 7));
    SHOW(syscall(SYS_ppoll, NULL, 0, NULL, 8, 8));
    show_state();
    return 0;
}
