/*
 * One epoll set over everything at once: a program next door, a host beyond the NIC, the kernel's
 * own sockets, pipes and counters. Through each goes a number that comes back and is then one more.
 *
 *     mixed <address of a peer beyond the NIC> <its port, where on 127.0.0.1 the kernel has one,
 * too>
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ROUNDS = 300,
    LIMIT_MS = 20000,
};

struct source {
    const char *name;
    int in, out; /* -1: nobody writes to it */
    uint64_t number;
};

static int check(long ret, const char *what)
{
    if (ret < 0)
        err(1, "%s", what);
    return (int)ret;
}

static struct sockaddr_in name_of(const char *host, int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

    if (inet_pton(AF_INET, host, &to.sin_addr) != 1)
        errx(2, "%s: not an address", host);
    return to;
}

static int dial(const char *host, int port, int type)
{
    struct sockaddr_in to = name_of(host, port);
    int fd = check(socket(AF_INET, type, 0), "socket");

    check(connect(fd, (struct sockaddr *)&to, sizeof(to)), "connect");
    if (type == SOCK_STREAM)
        check(write(fd, "e", 1), "write"); /* to a peer: echo */
    return fd;
}

/* ---- next door ---- */

static void echo(int from, int to)
{
    char bytes[4096];
    ssize_t n = read(from, bytes, sizeof(bytes));

    if (n <= 0)
        exit(0);
    check(write(to, bytes, (size_t)n), "echo");
}

static void neighbour(int port, int local, int in, int out)
{
    struct sockaddr_in to = name_of("127.0.0.1", port);
    int tcp = check(socket(AF_INET, SOCK_STREAM, 0), "socket");

    check(connect(tcp, (struct sockaddr *)&to, sizeof(to)), "connect");
    for (;;) {
        struct pollfd fds[] = {{tcp, POLLIN, 0}, {local, POLLIN, 0}, {in, POLLIN, 0}};

        check(poll(fds, 3, -1), "poll");
        if (fds[0].revents)
            echo(tcp, tcp);
        if (fds[1].revents)
            echo(local, local);
        if (fds[2].revents)
            echo(in, out);
    }
}

static void next_door(struct source *tcp, struct source *local, struct source *pipe_)
{
    struct sockaddr_in at = name_of("127.0.0.1", 0);
    socklen_t length = sizeof(at);
    int listener = check(socket(AF_INET, SOCK_STREAM, 0), "socket"), pair[2], there[2], back[2];

    check(bind(listener, (struct sockaddr *)&at, sizeof(at)), "bind");
    check(listen(listener, 1), "listen");
    check(getsockname(listener, (struct sockaddr *)&at, &length), "getsockname");
    check(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
    check(pipe(there), "pipe");
    check(pipe(back), "pipe");
    if (check(fork(), "fork") == 0) {
        close(pair[0]), close(there[1]), close(back[0]), close(listener);
        neighbour(ntohs(at.sin_port), pair[1], there[0], back[1]);
    }
    close(pair[1]), close(there[0]), close(back[1]);
    tcp->in = tcp->out = check(accept(listener, NULL, NULL), "accept");
    local->in = local->out = pair[0];
    pipe_->in = back[0], pipe_->out = there[1];
}

/* ---- here ---- */

static int ticking(void)
{
    struct itimerspec every = {{0, 1000000}, {0, 1000000}};
    int fd = check(timerfd_create(CLOCK_MONOTONIC, 0), "timerfd");

    check(timerfd_settime(fd, 0, &every, NULL), "timerfd_settime");
    return fd;
}

static void send_number(const struct source *source)
{
    if (source->out >= 0)
        check(write(source->out, &source->number, sizeof(source->number)), source->name);
}

/* Numbers are few bytes at a time: they arrive whole. */
static int step(struct source *source)
{
    uint64_t number;
    ssize_t n = read(source->in, &number, sizeof(number));

    if (n != sizeof(number))
        errx(1, "%s: %zd bytes", source->name, n);
    if (source->out < 0)
        number = source->number; /* ticks: how many is not said */
    if (number != source->number)
        errx(1, "%s: %llu is not %llu", source->name, (unsigned long long)number,
             (unsigned long long)source->number);
    if (++source->number > ROUNDS)
        return 1;
    send_number(source);
    return 0;
}

int main(int argc, char **argv)
{
    struct source sources[] = {
        {"a program", -1, -1, 1},        {"its AF_UNIX", -1, -1, 1},  {"its pipe", -1, -1, 1},
        {"a host", -1, -1, 1},           {"a host's UDP", -1, -1, 1}, {"the kernel", -1, -1, 1},
        {"the kernel's UDP", -1, -1, 1}, {"a counter", -1, -1, 1},    {"a clock", -1, -1, 1}};
    enum {
        COUNT = sizeof(sources) / sizeof(sources[0])
    };
    int epoll = check(epoll_create1(0), "epoll"), left = COUNT, port;

    if (argc != 3)
        errx(2, "mixed ADDRESS PORT");
    port = atoi(argv[2]);
    next_door(&sources[0], &sources[1], &sources[2]);
    sources[3].in = sources[3].out = dial(argv[1], port, SOCK_STREAM);
    sources[4].in = sources[4].out = dial(argv[1], port, SOCK_DGRAM);
    sources[5].in = sources[5].out = dial("127.0.0.1", port, SOCK_STREAM);
    sources[6].in = sources[6].out = dial("127.0.0.1", port, SOCK_DGRAM);
    sources[7].in = sources[7].out = check(eventfd(0, 0), "eventfd");
    sources[8].in = ticking();
    for (int i = 0; i < COUNT; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &sources[i]};

        check(epoll_ctl(epoll, EPOLL_CTL_ADD, sources[i].in, &event), "epoll_ctl");
        send_number(&sources[i]);
    }
    while (left) {
        struct epoll_event events[COUNT];
        int ready = check(epoll_wait(epoll, events, COUNT, LIMIT_MS), "epoll_wait");

        if (!ready)
            break;
        for (int i = 0; i < ready; i++) {
            struct source *source = events[i].data.ptr;

            if (!step(source))
                continue;
            check(epoll_ctl(epoll, EPOLL_CTL_DEL, source->in, NULL), "EPOLL_CTL_DEL");
            left--;
        }
    }
    for (int i = 0; i < COUNT; i++)
        printf("%s: %llu\n", sources[i].name, (unsigned long long)sources[i].number - 1);
    return left != 0;
}
