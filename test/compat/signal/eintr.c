/* A handler without SA_RESTART ends each blocking call with EINTR. */
#include "compat.h"
#include <netinet/in.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>

static void on_alarm(int sig)
{
    (void)sig;
}

int main(void)
{
    struct itimerval every = {{0, 10000}, {0, 10000}};
    struct pollfd p = {.events = POLLIN};
    struct epoll_event event;
    struct timespec long_time = {100, 0};
    struct timeval select_time = {100, 0};
    struct msghdr msg = {0};
    uint64_t value;
    fd_set set;
    sem_t sem;
    char c;
    int ends[2], pair[2];
    int event_fd = MUST(eventfd(0, 0));
    int timer_fd = MUST(timerfd_create(CLOCK_MONOTONIC, 0));
    int epoll_fd = MUST(epoll_create1(0));
    int listener = MUST(socket(AF_INET, SOCK_STREAM, 0));

    MUST(pipe(ends));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    MUST(listen(listener, 1));
    sem_init(&sem, 0, 0);
    on_signal(SIGALRM, on_alarm, 0);
    MUST(setitimer(ITIMER_REAL, &every, NULL));
    p.fd = ends[0];
    SHOW(read(ends[0], &c, 1));
    SHOW(recv(pair[0], &c, 1, 0));
    SHOW(recvmsg(pair[0], &msg, 0));
    SHOW(accept(listener, NULL, NULL));
    SHOW(poll(&p, 1, -1));
    SHOW(poll(&p, 1, 100000));
    SHOW(ppoll(&p, 1, &long_time, NULL));
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    SHOW(select(ends[0] + 1, &set, NULL, NULL, NULL));
    SHOW(select(ends[0] + 1, &set, NULL, NULL, &select_time));
    SHOW(epoll_wait(epoll_fd, &event, 1, -1));
    SHOW(epoll_pwait(epoll_fd, &event, 1, -1, NULL));
    SHOW(read(event_fd, &value, sizeof(value)));
    SHOW(read(timer_fd, &value, sizeof(value)));
    SHOW(sem_wait(&sem));
    SHOW(pause());
    SHOW(nanosleep(&long_time, NULL));
    return 0;
}
