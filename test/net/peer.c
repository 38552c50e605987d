/*
 * Both ends of a conversation over a wire: one of them runs under the runtime, the other on Linux.
 *
 *     peer serve <address> <port>     answers until it is told to end
 *     peer talk <address> <port>      goes through all cases and prints one line for each
 *
 * The first byte on a connection says what the server is to do with it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    BULK = 3000000,
    GREETING = 1000,
    LIMIT_MS = 20000,
};

static struct sockaddr_storage address;
static socklen_t address_length;

static void resolve(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM}, *found;

    if (getaddrinfo(host, port, &hints, &found))
        errx(2, "%s: not an address", host);
    memcpy(&address, found->ai_addr, found->ai_addrlen);
    address_length = found->ai_addrlen;
    freeaddrinfo(found);
}

static int check(int ret, const char *what)
{
    if (ret < 0)
        err(1, "%s", what);
    return ret;
}

/* ---- the server ---- */

struct connection {
    int fd;
    char kind; /* 0: not known yet */
    char held[1 << 16];
    size_t begin, end; /* of what is to be sent back */
    bool eof;
};

static void watch(int epoll, int fd, void *what, uint32_t events, int op)
{
    struct epoll_event event = {.events = events, .data.ptr = what};

    check(epoll_ctl(epoll, op, fd, &event), "epoll_ctl");
}

static void finish(struct connection *c, bool reset)
{
    struct linger linger = {1, 0};

    if (reset)
        check(setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), "SO_LINGER");
    close(c->fd);
    free(c);
}

/* Sends, ends its direction, and reads what still comes. */
static void greet(struct connection *c)
{
    char greeting[GREETING];

    memset(greeting, 'g', sizeof(greeting));
    if (write(c->fd, greeting, sizeof(greeting)) != sizeof(greeting))
        err(1, "greeting");
    check(shutdown(c->fd, SHUT_WR), "shutdown");
}

/* Reads what there is; false: the connection is over. */
static bool take(struct connection *c)
{
    ssize_t n = 0;

    if (c->end < sizeof(c->held))
        n = read(c->fd, c->held + c->end, sizeof(c->held) - c->end);
    else
        return true;
    if (n < 0)
        return errno == EAGAIN;
    c->eof |= n == 0;
    c->end += (size_t)n;
    if (!c->kind && n) {
        c->kind = c->held[c->begin++];
        if (c->kind == 'h')
            greet(c);
        if (c->kind == 'q')
            exit(0);
    }
    return c->kind != 'r';
}

/* False: all is done. */
static bool give(struct connection *c)
{
    ssize_t n;

    if (c->kind == 'h')
        c->begin = c->end;
    while (c->begin < c->end) {
        n = write(c->fd, c->held + c->begin, c->end - c->begin);
        if (n < 0)
            return errno == EAGAIN;
        c->begin += (size_t)n;
    }
    c->begin = c->end = 0;
    return !c->eof;
}

static void serve_connection(int epoll, struct connection *c)
{
    if (!take(c) || !give(c)) {
        finish(c, c->kind == 'r');
        return;
    }
    watch(epoll, c->fd, c, c->begin < c->end ? EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
}

static void echo_datagram(int udp)
{
    struct sockaddr_storage from;
    socklen_t length = sizeof(from);
    static char data[65536];
    ssize_t n = recvfrom(udp, data, sizeof(data), 0, (struct sockaddr *)&from, &length);

    if (n >= 0 && sendto(udp, data, (size_t)n, 0, (struct sockaddr *)&from, length) != n)
        err(1, "sendto");
}

static void serve(void)
{
    int listener = check(socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
    int udp = check(socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0), "socket");
    int epoll = check(epoll_create1(0), "epoll_create1"), one = 1;
    struct epoll_event events[16];

    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    check(bind(listener, (struct sockaddr *)&address, address_length), "bind");
    check(bind(udp, (struct sockaddr *)&address, address_length), "bind");
    check(listen(listener, 16), "listen");
    watch(epoll, listener, NULL, EPOLLIN, EPOLL_CTL_ADD);
    watch(epoll, udp, &one, EPOLLIN, EPOLL_CTL_ADD);
    puts("ready");
    fflush(stdout);
    for (;;) {
        int count = check(epoll_wait(epoll, events, 16, -1), "epoll_wait");

        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == &one) {
                echo_datagram(udp);
            } else if (events[i].data.ptr) {
                serve_connection(epoll, events[i].data.ptr);
            } else {
                struct connection *c = calloc(1, sizeof(*c));

                c->fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
                if (c->fd >= 0)
                    watch(epoll, c->fd, c, EPOLLIN, EPOLL_CTL_ADD);
                else
                    free(c);
            }
        }
    }
}

/* ---- the client ---- */

static int open_to(char kind)
{
    int fd = check(socket(address.ss_family, SOCK_STREAM, 0), "socket");

    check(connect(fd, (struct sockaddr *)&address, address_length), "connect");
    if (kind && write(fd, &kind, 1) != 1)
        err(1, "write");
    return fd;
}

/* The stream: a byte for each position, none like its neighbours. */
static uint8_t byte_at(uint32_t position)
{
    uint32_t x = position * 2654435761u;

    return (uint8_t)(x >> 24 ^ x >> 9);
}

static void send_all(int fd)
{
    char data[10000];
    uint32_t at = 0;

    while (at < BULK) {
        uint32_t n = BULK - at < sizeof(data) ? BULK - at : sizeof(data);
        ssize_t done;

        for (uint32_t i = 0; i < n; i++)
            data[i] = (char)byte_at(at + i);
        done = write(fd, data, n);
        at += (uint32_t)check((int)done, "write");
    }
    check(shutdown(fd, SHUT_WR), "shutdown");
}

static uint32_t receive_all(int fd)
{
    uint8_t data[30000];
    uint32_t at = 0;
    ssize_t n;

    while ((n = check((int)read(fd, data, sizeof(data)), "read")) > 0) {
        for (ssize_t i = 0; i < n; i++, at++) {
            if (data[i] != byte_at(at))
                errx(1, "byte %u is wrong", at);
        }
    }
    return at;
}

static void bulk(void)
{
    int fd = open_to('e');
    pid_t sender = check(fork(), "fork");

    if (!sender) {
        send_all(fd);
        _exit(0);
    }
    printf("%u bytes came back as they were sent\n", receive_all(fd));
    waitpid(sender, NULL, 0);
    close(fd);
}

static void half_close(void)
{
    char data[2 * GREETING];
    int fd = open_to('h');
    ssize_t n = recv(fd, data, sizeof(data), MSG_WAITALL);

    printf("greeting of %zd bytes, then the end\n", n);
    n = write(fd, data, GREETING);
    printf("still %zd bytes to write\n", n);
    close(fd);
}

static void reset(void)
{
    char byte;
    int fd = open_to('r');
    ssize_t n = read(fd, &byte, 1);

    printf("reset: read %zd, %s\n", n, n < 0 ? strerrorname_np(errno) : "");
    close(fd);
}

static void refused(void)
{
    struct sockaddr_storage nowhere = address;
    int fd = check(socket(address.ss_family, SOCK_STREAM, 0), "socket"), ret;

    ((struct sockaddr_in *)&nowhere)->sin_port = htons(9); /* both families have it there */
    ret = connect(fd, (struct sockaddr *)&nowhere, address_length);
    printf("nobody there: %d, %s\n", ret, ret < 0 ? strerrorname_np(errno) : "");
    ret = connect(fd, (struct sockaddr *)&address, address_length);
    printf("the same socket again: %d\n", ret);
    close(fd);
}

/* A connect that does not wait, and what poll says. */
static void poll_connect(void)
{
    int fd = check(socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket"), error;
    int ret = connect(fd, (struct sockaddr *)&address, address_length);
    struct pollfd poller = {.fd = fd, .events = POLLOUT};
    socklen_t length = sizeof(error);
    char byte;

    printf("connect: %d, %s\n", ret, ret < 0 ? strerrorname_np(errno) : "");
    printf("poll: %d", poll(&poller, 1, LIMIT_MS));
    printf(", %s%s\n", poller.revents & POLLOUT ? "OUT" : "", poller.revents & POLLIN ? "IN" : "");
    check(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length), "SO_ERROR");
    ret = (int)read(fd, &byte, 1);
    printf("error %d, read: %d, %s\n", error, ret, strerrorname_np(errno));
    if (write(fd, "ex", 2) != 2)
        err(1, "write");
    poller.events = POLLIN;
    printf("poll: %d", poll(&poller, 1, LIMIT_MS));
    printf(", %zd byte\n", read(fd, &byte, 1));
    close(fd);
}

static void names(void)
{
    struct sockaddr_storage name = {0}, back = {0};
    socklen_t length = sizeof(name);
    struct tcp_info info = {0};
    int fd = open_to('e'), again;

    check(getpeername(fd, (struct sockaddr *)&name, &length), "getpeername");
    printf("peer: %s\n", memcmp(&name, &address, address_length) ? "another" : "as asked for");
    length = sizeof(back);
    check(getsockname(fd, (struct sockaddr *)&back, &length), "getsockname");
    printf("own port: %s\n", ((struct sockaddr_in *)&back)->sin_port ? "some" : "none");
    length = sizeof(info);
    check(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length), "TCP_INFO");
    printf("state %d, path MTU %u\n", info.tcpi_state, info.tcpi_pmtu);
    again = connect(fd, (struct sockaddr *)&address, address_length);
    printf("connect once more: %d, %s\n", again, strerrorname_np(errno));
    close(fd);
}

/* Many at once, over one poll. */
static void many(void)
{
    enum {
        COUNT = 50
    };
    int fds[COUNT], good = 0;

    for (int i = 0; i < COUNT; i++)
        fds[i] = open_to('e');
    for (int i = 0; i < COUNT; i++) {
        char byte = (char)i, answer = ' ';

        if (write(fds[i], &byte, 1) == 1 && read(fds[i], &answer, 1) == 1)
            good += answer == byte;
    }
    for (int i = 0; i < COUNT; i++)
        close(fds[i]);
    printf("%d of %d answered\n", good, COUNT);
}

/* Connections from ports that the program has chosen: with several queues, some are another
 * worker's. */
static void ports(void)
{
    enum {
        COUNT = 8,
        FIRST = 9100
    };
    struct linger linger = {1, 0}; /* nothing is left to wait for */
    int good = 0;

    for (int i = 0; i < COUNT; i++) {
        struct sockaddr_storage own = {.ss_family = address.ss_family};
        int fd = check(socket(address.ss_family, SOCK_STREAM, 0), "socket");
        char answer = ' ';

        ((struct sockaddr_in *)&own)->sin_port = htons((uint16_t)(FIRST + i));
        check(bind(fd, (struct sockaddr *)&own, address_length), "bind");
        check(connect(fd, (struct sockaddr *)&address, address_length), "connect");
        if (write(fd, "ex", 2) == 2 && read(fd, &answer, 1) == 1)
            good += answer == 'x';
        check(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), "SO_LINGER");
        close(fd);
    }
    printf("%d of %d from ports of their own\n", good, COUNT);
}

static void datagrams(void)
{
    static const size_t sizes[] = {1, 0, 1472, 9000};
    static char data[9000], back[20000];
    int fd = check(socket(address.ss_family, SOCK_DGRAM, 0), "socket");
    struct pollfd poller = {.fd = fd, .events = POLLIN};
    struct sockaddr_storage from;
    socklen_t length = sizeof(from);
    ssize_t n;

    memset(data, 'd', sizeof(data));
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        n = sendto(fd, data, sizes[i], 0, (struct sockaddr *)&address, address_length);
        printf("datagram of %zd bytes", n);
        if (poll(&poller, 1, LIMIT_MS) != 1)
            errx(1, "no answer");
        n = recvfrom(fd, back, sizeof(back), 0, (struct sockaddr *)&from, &length);
        printf(", answer of %zd, from %s\n", n,
               memcmp(&from, &address, address_length) ? "somebody" : "the server");
    }
    check(connect(fd, (struct sockaddr *)&address, address_length), "connect");
    if (send(fd, data, 5, 0) != 5 || (n = recv(fd, back, 3, MSG_TRUNC)) < 0)
        err(1, "connected");
    printf("connected: %zd bytes cut to 3\n", n);
    ((struct sockaddr_in *)&address)->sin_port = htons(9);
    check(connect(fd, (struct sockaddr *)&address, address_length), "connect");
    n = send(fd, data, 5, 0);
    n = n == 5 && poll(&poller, 1, LIMIT_MS) == 1 ? recv(fd, back, sizeof(back), 0) : 0;
    printf("no such port: %zd, %s\n", n, n < 0 ? strerrorname_np(errno) : "");
    close(fd);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        errx(2, "serve|talk|datagrams|end address port");
    resolve(argv[2], argv[3]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!strcmp(argv[1], "serve"))
        serve();
    if (!strcmp(argv[1], "datagrams"))
        datagrams();
    if (!strcmp(argv[1], "talk")) {
        bulk();
        half_close();
        reset();
        refused();
        poll_connect();
        names();
        many();
        ports();
    }
    return 0;
}
