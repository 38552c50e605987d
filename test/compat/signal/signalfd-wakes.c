/*
 * A signal wakes whoever waits for a signalfd: in read, poll, select and epoll, level and edge
 * triggered; a change of the mask is seen; others' signals are nobody's business; a handler for
 * another signal ends the read with EINTR, or not (SA_RESTART).
 *
 * variants: glibc musl
 */
#include "compat.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/signalfd.h>

static pthread_t main_thread;
static volatile int handled;

static void on_usr2(int sig)
{
    (void)sig;
    handled++;
}

/* Sends once the main thread sleeps, as well as can be told. */
static void *later(void *arg)
{
    sleep_ms(20);
    kill(getpid(), (int)(long)arg);
    return NULL;
}

static void *interrupt_then_send(void *arg)
{
    (void)arg;
    for (int seen = handled; handled == seen; sleep_ms(5))
        pthread_kill(main_thread, SIGUSR2);
    kill(getpid(), SIGUSR1);
    return NULL;
}

static void *change_mask(void *arg)
{
    sigset_t set;

    sleep_ms(20);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    MUST(signalfd(*(int *)arg, &set, 0));
    return NULL;
}

static void drain(int fd)
{
    struct signalfd_siginfo info;

    SHOW(read(fd, &info, sizeof(info)));
    SAY("signal %u", info.ssi_signo);
}

int main(void)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    struct signalfd_siginfo info;
    struct pollfd p = {.events = POLLIN | POLLOUT};
    pthread_t thread;
    sigset_t set;
    fd_set fds;
    int fd, epoll_fd = MUST(epoll_create1(0));

    main_thread = pthread_self();
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGTERM);
    MUST(sigprocmask(SIG_BLOCK, &set, NULL));
    fd = p.fd = MUST(signalfd(-1, &set, 0));

    thread = start_thread(later, (void *)(long)SIGUSR1);
    drain(fd);
    join_thread(thread);

    thread = start_thread(later, (void *)(long)SIGTERM);
    SHOW(poll(&p, 1, -1));
    SAY("events %x", p.revents);
    join_thread(thread);
    drain(fd);
    SHOW(poll(&p, 1, 0));

    thread = start_thread(later, (void *)(long)SIGUSR1);
    FD_ZERO(&fds);
    FD_SET(fd, &fds);
    SHOW(select(fd + 1, &fds, NULL, NULL, NULL));
    join_thread(thread);
    drain(fd);

    MUST(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event));
    SHOW(epoll_wait(epoll_fd, &event, 1, 0));
    thread = start_thread(later, (void *)(long)SIGUSR1);
    SHOW(epoll_wait(epoll_fd, &event, 1, -1));
    join_thread(thread);
    SHOW(epoll_wait(epoll_fd, &event, 1, 0));
    kill(getpid(), SIGTERM);
    SHOW(epoll_wait(epoll_fd, &event, 1, 0));
    drain(fd);
    drain(fd);
    SHOW(epoll_wait(epoll_fd, &event, 1, 0));
    SHOW(epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, NULL));

    sigdelset(&set, SIGUSR1);
    MUST(signalfd(fd, &set, 0));
    kill(getpid(), SIGUSR1);
    SHOW(poll(&p, 1, 0));
    thread = start_thread(change_mask, &fd);
    SHOW(poll(&p, 1, -1));
    join_thread(thread);
    drain(fd);

    on_signal(SIGUSR2, on_usr2, 0);
    thread = start_thread(interrupt_then_send, NULL);
    SHOW(read(fd, &info, sizeof(info)));
    join_thread(thread);
    drain(fd);
    on_signal(SIGUSR2, on_usr2, SA_RESTART);
    thread = start_thread(interrupt_then_send, NULL);
    SHOW(read(fd, &info, sizeof(info)));
    SAY("signal %u", info.ssi_signo);
    join_thread(thread);
    return 0;
}
