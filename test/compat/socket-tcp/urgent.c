/* Urgent data on a TCP stream: MSG_OOB, the mark, SO_OOBINLINE, POLLPRI, SIGURG (tcp(7)). */
#include "net.h"
#include <sys/epoll.h>
#include <sys/ioctl.h>

static int pair[2];
static volatile sig_atomic_t signals;

static void on_urgent(int signal UNUSED)
{
    signals++;
}

static void settle(void)
{
    MUST(poll(&(struct pollfd){pair[0], POLLPRI, 0}, 1, -1));
}

static void state(const char *when)
{
    struct pollfd it = {pair[0], POLLIN | POLLPRI, 0};
    int at = -1, there = -1;

    MUST(poll(&it, 1, 0));
    MUST(ioctl(pair[0], SIOCATMARK, &at));
    MUST(ioctl(pair[0], FIONREAD, &there));
    SAY("%s: %s%s at mark %d, there %d", when, it.revents & POLLIN ? "IN " : "",
        it.revents & POLLPRI ? "PRI" : "", at, there);
}

static void take(int flags)
{
    char buf[32] = "";
    long n = recv(pair[0], buf, sizeof(buf) - 1, flags | MSG_DONTWAIT);

    SAY("recv %s%s= %ld %s '%.*s'", flags & MSG_OOB ? "OOB " : "", flags & MSG_PEEK ? "PEEK " : "",
        n, n < 0 ? err_name(errno) : "", n > 0 ? (int)n : 0, buf);
}

static void plain(void)
{
    state("nothing");
    take(MSG_OOB);
    SHOW(send(pair[1], "abcX", 4, MSG_OOB));
    settle();
    MUST(send(pair[1], "def", 3, 0));
    sleep_ms(2);
    state("sent");
    take(MSG_OOB | MSG_PEEK);
    take(MSG_OOB);
    take(MSG_OOB);
    state("taken");
    take(MSG_PEEK);
    take(0);
    state("before the mark");
    take(MSG_PEEK);
    take(0);
    state("behind it");
    take(MSG_OOB);
}

static void left_out(void)
{
    MUST(send(pair[1], "Y", 1, MSG_OOB));
    settle();
    state("only a mark");
    take(0);
    state("passed");
    take(MSG_OOB);
}

static void two(void)
{
    MUST(send(pair[1], "ab1", 3, MSG_OOB));
    settle();
    MUST(send(pair[1], "cd2", 3, MSG_OOB));
    sleep_ms(2);
    take(MSG_OOB);
    take(0);
    take(0);
}

static void in_line(void)
{
    MUST(setsockopt(pair[0], SOL_SOCKET, SO_OOBINLINE, &(int){1}, sizeof(int)));
    MUST(send(pair[1], "abZ", 3, MSG_OOB));
    settle();
    MUST(send(pair[1], "cd", 2, 0));
    sleep_ms(2);
    state("in line");
    take(MSG_OOB);
    take(0);
    state("at the mark");
    take(0);
    state("behind");
    MUST(setsockopt(pair[0], SOL_SOCKET, SO_OOBINLINE, &(int){0}, sizeof(int)));
}

static void messages(void)
{
    char buf[8];
    struct iovec iov = {buf, sizeof(buf)};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

    MUST(send(pair[1], "M", 1, MSG_OOB));
    settle();
    SHOW(recvmsg(pair[0], &msg, MSG_OOB));
    SAY("flags %x", (unsigned)msg.msg_flags);
    take(0);
    SHOW(send(pair[1], "", 0, MSG_OOB));
    SHOW(recv(pair[0], (void *)1, 1, MSG_OOB));
}

static void tells(void)
{
    struct epoll_event event = {.events = EPOLLPRI};
    int epoll = MUST(epoll_create1(0));

    MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, pair[0], &event));
    SHOW(epoll_wait(epoll, &event, 1, 0));
    signal(SIGURG, on_urgent);
    MUST(fcntl(pair[0], F_SETOWN, getpid()));
    MUST(send(pair[1], "!", 1, MSG_OOB));
    SHOW(epoll_wait(epoll, &event, 1, -1));
    while (!signals)
        sched_yield();
    SAY("events %x, %d signal", event.events, (int)signals);
    take(MSG_OOB);
    SHOW(epoll_wait(epoll, &event, 1, 0));
}

int main(void)
{
    tcp_pair(pair);
    plain();
    left_out();
    two();
    in_line();
    messages();
    tells();
    return 0;
}
