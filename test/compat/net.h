/* Sockets of the compat programs: loopback addresses of both families, pairs of connected sockets.
 */
#ifndef COMPAT_NET_H
#define COMPAT_NET_H

#include "compat.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

union address {
    struct sockaddr sa;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un un;
    struct sockaddr_storage storage;
};

UNUSED static union address v4_address(const char *ip, unsigned port)
{
    union address a = {.v4 = {.sin_family = AF_INET, .sin_port = htons(port)}};

    CHECK(inet_pton(AF_INET, ip, &a.v4.sin_addr) == 1);
    return a;
}

UNUSED static union address v6_address(const char *ip, unsigned port)
{
    union address a = {.v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)}};

    CHECK(inet_pton(AF_INET6, ip, &a.v6.sin6_addr) == 1);
    return a;
}

UNUSED static socklen_t address_size(const union address *a)
{
    return a->sa.sa_family == AF_INET ? sizeof(a->v4) : sizeof(a->v6);
}

UNUSED static unsigned port_of(const union address *a)
{
    return ntohs(a->sa.sa_family == AF_INET ? a->v4.sin_port : a->v6.sin6_port);
}

UNUSED static union address local_address(int fd)
{
    union address a;
    socklen_t len = sizeof(a);

    MUST(getsockname(fd, &a.sa, &len));
    return a;
}

/* Where a client connects to that listener: its address, loopback where that is "any". */
UNUSED static union address target_of(int listener)
{
    union address a = local_address(listener);

    if (a.sa.sa_family == AF_INET && a.v4.sin_addr.s_addr == htonl(INADDR_ANY))
        a.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (a.sa.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&a.v6.sin6_addr))
        a.v6.sin6_addr = in6addr_loopback;
    return a;
}

/* "10.0.0.1 port is P": ports that the system chose are only compared with `known`. */
UNUSED static void show_address(const char *what, const union address *a, unsigned known)
{
    char ip[INET6_ADDRSTRLEN];

    if (a->sa.sa_family == AF_INET)
        inet_ntop(AF_INET, &a->v4.sin_addr, ip, sizeof(ip));
    else
        inet_ntop(AF_INET6, &a->v6.sin6_addr, ip, sizeof(ip));
    SAY("%s: family %d %s port %s", what, a->sa.sa_family, ip,
        port_of(a) == 0       ? "none"
        : port_of(a) == known ? "known"
                              : "other");
}

UNUSED static int tcp_listener(union address at, int backlog)
{
    int fd = MUST(socket(at.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));

    MUST(bind(fd, &at.sa, address_size(&at)));
    MUST(listen(fd, backlog));
    return fd;
}

UNUSED static int tcp_connect(union address to)
{
    int fd = MUST(socket(to.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));

    MUST(connect(fd, &to.sa, address_size(&to)));
    return fd;
}

/* A connected pair over TCP on 127.0.0.1: [0] connected, [1] accepted. */
UNUSED static void tcp_pair(int pair[2])
{
    int listener = tcp_listener(v4_address("127.0.0.1", 0), 1);

    pair[0] = tcp_connect(target_of(listener));
    pair[1] = MUST(accept(listener, NULL, NULL));
    close(listener);
}

UNUSED static void set_nonblocking(int fd, bool on)
{
    int flags = MUST(fcntl(fd, F_GETFL));

    MUST(fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK));
}

UNUSED static void set_option(int fd, int level, int name, int value)
{
    MUST(setsockopt(fd, level, name, &value, sizeof(value)));
}

UNUSED static int get_option(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof(value);

    MUST(getsockopt(fd, level, name, &value, &len));
    return value;
}

/* The pending error of a socket, which asking for clears. */
UNUSED static const char *pending_error(int fd)
{
    int err = get_option(fd, SOL_SOCKET, SO_ERROR);

    return err ? err_name(err) : "none";
}

/* Waits until one of the events is there (errors and hang-ups always count) and names all that are.
 */
UNUSED static const char *poll_names(int fd, short events, int timeout_ms)
{
    static const struct {
        short bit;
        const char *name;
    } names[] = {{POLLIN, " IN"},   {POLLPRI, " PRI"},   {POLLOUT, " OUT"},    {POLLERR, " ERR"},
                 {POLLHUP, " HUP"}, {POLLNVAL, " NVAL"}, {POLLRDHUP, " RDHUP"}};
    static __thread char text[64];
    struct pollfd p = {.fd = fd, .events = events};

    text[0] = 0;
    if (MUST(poll(&p, 1, timeout_ms)) == 0)
        return " nothing";
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (p.revents & names[i].bit)
            strcat(text, names[i].name);
    return text;
}
#define POLL_ALL (POLLIN | POLLPRI | POLLOUT | POLLRDHUP)

UNUSED static void write_all(int fd, const void *data, size_t size)
{
    const char *at = data;

    while (size > 0) {
        ssize_t n = MUST(write(fd, at, size));

        at += n;
        size -= n;
    }
}

/* Reads until `size` bytes or the end of file; the count. */
UNUSED static size_t read_all(int fd, void *data, size_t size)
{
    size_t done = 0;
    ssize_t n;

    while (done < size && (n = MUST(read(fd, (char *)data + done, size - done))) > 0)
        done += n;
    return done;
}

/* The port that both programs of a pair know. */
UNUSED static unsigned pair_port(void)
{
    const char *port = getenv("COMPAT_PORT");

    CHECK(port);
    return atoi(port);
}

/* Connects to a server that may not have started yet. */
UNUSED static int connect_when_ready(const struct sockaddr *to, socklen_t size)
{
    for (;;) {
        int fd = MUST(socket(to->sa_family, SOCK_STREAM, 0));

        if (connect(fd, to, size) == 0)
            return fd;
        CHECK(errno == ECONNREFUSED || errno == ENOENT);
        close(fd);
        sleep_ms(2);
    }
}

#endif
