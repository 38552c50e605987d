/*
 * What sockets promise besides carrying bytes: urgent data, options, what comes with datagrams. The
 * same program natively and under the runtime must print the same.
 *
 *     options serve <address> <port>   until it is told to end
 *     options talk <address> <port>    prints what both ends have seen
 *
 * The first byte on a connection names the case.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    LIMIT_MS = 20000,
};

static struct sockaddr_storage address;
static socklen_t address_length;

static int check(int ret, const char *what)
{
    if (ret < 0)
        err(1, "%s", what);
    return ret;
}

static void resolve(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM}, *found;

    if (getaddrinfo(host, port, &hints, &found))
        errx(2, "%s: not an address", host);
    memcpy(&address, found->ai_addr, found->ai_addrlen);
    address_length = found->ai_addrlen;
    freeaddrinfo(found);
}

/* ---- what was seen ---- */

static char seen[8192];
static size_t seen_length;

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    seen_length += (size_t)vsnprintf(seen + seen_length, sizeof(seen) - seen_length, format, args);
    va_end(args);
}

static void await(int fd, short events)
{
    struct pollfd poll_fd = {fd, events, 0};

    int ready;

    while ((ready = poll(&poll_fd, 1, LIMIT_MS)) < 0 && errno == EINTR)
        ;
    if (ready <= 0)
        err(1, "nothing comes");
}

/* ---- urgent data ---- */

static volatile sig_atomic_t urgent_signals;

static void on_urgent(int signal)
{
    (void)signal;
    urgent_signals++;
}

static void send_urgent(int fd)
{
    check((int)send(fd, "abc", 3, 0), "send");
    check((int)send(fd, "def", 3, MSG_OOB), "MSG_OOB"); /* f is urgent */
    check((int)send(fd, "ghi", 3, 0), "send");
}

static void note_read(int fd, size_t most)
{
    char buffer[64];
    ssize_t n;
    int mark = -1;

    await(fd, POLLIN);
    n = recv(fd, buffer, most, 0);
    check(ioctl(fd, SIOCATMARK, &mark), "SIOCATMARK");
    note("read %.*s%s\n", (int)n, buffer, mark ? ", at the mark" : "");
}

/* Everything is there before anything is read, so that reads end where marks are, nowhere else. */
static void await_bytes(int fd, int bytes)
{
    char buffer[64];

    for (int i = 0; i < LIMIT_MS && recv(fd, buffer, sizeof(buffer), MSG_PEEK) < bytes; i++) {
        int there;

        check(ioctl(fd, FIONREAD, &there), "FIONREAD");
        if (there >= bytes)
            break;
        usleep(1000);
    }
    usleep(50000);
}

static void receive_urgent(int fd, bool inline_)
{
    int on = inline_;
    char byte = '?';
    ssize_t n;

    seen_length = 0;
    urgent_signals = 0;
    check(setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on)), "SO_OOBINLINE");
    check(fcntl(fd, F_SETOWN, getpid()), "F_SETOWN");
    check((int)send(fd, "!", 1, 0), "ready");
    await(fd, POLLPRI);
    for (int i = 0; i < 1000 && !urgent_signals; i++)
        usleep(1000);
    note("urgent: %d signal\n", urgent_signals);
    await_bytes(fd, inline_ ? 9 : 5);
    n = recv(fd, &byte, 1, MSG_OOB | MSG_PEEK);
    note("peek: %s %c\n", n < 0 ? strerror(errno) : "got", byte);
    note_read(fd, 2);
    note_read(fd, 60);
    n = recv(fd, &byte, 1, MSG_OOB);
    note("apart: %s %c\n", n < 0 ? strerror(errno) : "got", byte);
    n = recv(fd, &byte, 1, MSG_OOB);
    note("again: %s\n", n < 0 ? strerror(errno) : "got");
    note_read(fd, 60);
}

static void urgent_server(int fd, bool inline_)
{
    char go;

    receive_urgent(fd, inline_);
    check((int)send(fd, seen, seen_length, 0), "send");
    check((int)send(fd, "$", 1, 0), "send");
    check((int)recv(fd, &go, 1, MSG_WAITALL), "go");
    send_urgent(fd);
    recv(fd, &go, 1, 0);
}

static int dial(char kind)
{
    int fd = check(socket(address.ss_family, SOCK_STREAM, 0), "socket");

    check(connect(fd, (struct sockaddr *)&address, address_length), "connect");
    check((int)send(fd, &kind, 1, 0), "send");
    return fd;
}

static void print_report(int fd)
{
    char c;

    while (recv(fd, &c, 1, 0) == 1 && c != '$')
        putchar(c);
}

static void urgent_client(bool inline_)
{
    int fd = dial(inline_ ? 'i' : 'u');
    char ready;

    printf("urgent%s, there\n", inline_ ? " in line" : "");
    check((int)recv(fd, &ready, 1, 0), "ready");
    send_urgent(fd);
    print_report(fd);
    printf("urgent%s, here\n", inline_ ? " in line" : "");
    receive_urgent(fd, inline_); /* its ! is the server's go */
    printf("%.*s", (int)seen_length, seen);
    close(fd);
}

/* ---- options of connections ---- */

static void set_and_get(int fd, const char *what, int level, int name, int value)
{
    socklen_t length = sizeof(value);
    int set = setsockopt(fd, level, name, &value, sizeof(value)) ? errno : 0, got = -1;
    int get = getsockopt(fd, level, name, &got, &length) ? errno : 0;

    printf("%s: %s, %d %s\n", what, strerror(set), got, strerror(get));
}

static void try_options(int fd)
{
    bool v6 = address.ss_family == AF_INET6;

#define TRY(level, name, value) set_and_get(fd, #name, level, name, value)
    TRY(SOL_SOCKET, SO_KEEPALIVE, 1);
    TRY(SOL_SOCKET, SO_RCVLOWAT, 100);
    TRY(SOL_SOCKET, SO_RCVLOWAT, 1);
    TRY(SOL_SOCKET, SO_MAX_PACING_RATE, 1000000);
    TRY(SOL_SOCKET, SO_MAX_PACING_RATE, -1);
    TRY(IPPROTO_TCP, TCP_NODELAY, 1);
    TRY(IPPROTO_TCP, TCP_CORK, 1);
    TRY(IPPROTO_TCP, TCP_CORK, 0);
    TRY(IPPROTO_TCP, TCP_KEEPIDLE, 10);
    TRY(IPPROTO_TCP, TCP_KEEPINTVL, 5);
    TRY(IPPROTO_TCP, TCP_KEEPCNT, 3);
    TRY(IPPROTO_TCP, TCP_KEEPCNT, 0);
    TRY(IPPROTO_TCP, TCP_USER_TIMEOUT, 30000);
    TRY(IPPROTO_TCP, TCP_USER_TIMEOUT, -1);
    TRY(IPPROTO_TCP, TCP_LINGER2, 5);
    TRY(IPPROTO_TCP, TCP_NOTSENT_LOWAT, 16384);
    TRY(IPPROTO_TCP, TCP_WINDOW_CLAMP, 100000);
    TRY(IPPROTO_IP, IP_TOS, 0x1b); /* the ECN bits are not ours to set */
    TRY(IPPROTO_IP, IP_TTL, 33);
    TRY(IPPROTO_IP, IP_TTL, 0);
    if (v6)
        TRY(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 34);
#undef TRY
}

static void note_info(int fd)
{
    struct tcp_info info;
    socklen_t length = sizeof(info);
    char name[16] = "";
    bool plausible;

    check(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length), "TCP_INFO");
    plausible = info.tcpi_rtt && info.tcpi_rto >= 200000 && info.tcpi_snd_mss > 1000 &&
                info.tcpi_rcv_mss > 100 && info.tcpi_snd_cwnd >= 10 && info.tcpi_pmtu >= 1500 &&
                info.tcpi_last_ack_recv < 10000 && info.tcpi_rcv_space;
    printf("TCP_INFO: state %u, options %u, %s\n", info.tcpi_state, info.tcpi_options & 7,
           plausible ? "plausible" : "strange");
    check(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4), "TCP_CONGESTION");
    length = sizeof(name);
    check(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &length), "TCP_CONGESTION");
    printf("TCP_CONGESTION: %s\n", name);
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* 200 kB at 1 MB/s; to whom it is not held back it takes no time at all. */
static void paced_client(void)
{
    static char bytes[200000];
    unsigned rate = 1000000;
    int fd = dial('e');
    double begin;
    char end;

    check(setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &rate, sizeof(rate)), "pacing");
    begin = now();
    check((int)send(fd, bytes, sizeof(bytes), 0), "send");
    shutdown(fd, SHUT_WR);
    check((int)recv(fd, &end, 1, 0), "recv");
    begin = now() - begin;
    printf("paced: %s\n", begin > 0.1 && begin < 2 ? "yes" : "no");
    close(fd);
}

static void options_client(void)
{
    int fd = dial('e');
    char end;

    check((int)send(fd, "x", 1, 0), "send");
    try_options(fd);
    shutdown(fd, SHUT_WR);
    check((int)recv(fd, &end, 1, 0), "recv");
    close(fd);
    fd = dial('o');
    check((int)recv(fd, &end, 1, 0), "recv");
    note_info(fd);
    close(fd);
}

/* Reads to the end, then says so. */
static void drain(int fd)
{
    char buffer[4096];

    while (recv(fd, buffer, sizeof(buffer), 0) > 0)
        ;
    check((int)send(fd, "$", 1, 0), "send");
}

/* SO_RCVLOWAT: poll is silent until there is as much. */
static void lowat_client(void)
{
    int fd = dial('l'), lowat = 1000, there = -1;
    struct pollfd poll_fd = {fd, POLLIN, 0};

    check(setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &lowat, sizeof(lowat)), "SO_RCVLOWAT");
    check((int)send(fd, "5", 1, 0), "send");
    printf("500 bytes: %d\n", poll(&poll_fd, 1, 300));
    check((int)send(fd, "5", 1, 0), "send");
    printf("1000 bytes: %d\n", poll(&poll_fd, 1, LIMIT_MS));
    check(ioctl(fd, FIONREAD, &there), "FIONREAD");
    printf("there: %d\n", there);
    close(fd);
}

static void lowat_server(int fd)
{
    char bytes[500] = {0}, any;

    while (recv(fd, &any, 1, 0) == 1)
        check((int)send(fd, bytes, sizeof(bytes), 0), "send");
}

/* ---- datagrams ---- */

static void switch_on(int fd)
{
    bool v6 = address.ss_family == AF_INET6;
    int on = 1;

#define ON(level, name) check(setsockopt(fd, level, name, &on, sizeof(on)), #name)
    ON(SOL_SOCKET, SO_TIMESTAMPNS);
    if (v6) {
        ON(IPPROTO_IPV6, IPV6_RECVPKTINFO);
        ON(IPPROTO_IPV6, IPV6_RECVHOPLIMIT);
        ON(IPPROTO_IPV6, IPV6_RECVTCLASS);
    } else {
        ON(IPPROTO_IP, IP_PKTINFO);
        ON(IPPROTO_IP, IP_RECVTTL);
        ON(IPPROTO_IP, IP_RECVTOS);
    }
#undef ON
}

static void note_message(const struct cmsghdr *message)
{
    const uint8_t *data = CMSG_DATA(message);
    struct timespec when, real;
    int value = 0;

    memcpy(&value, data, message->cmsg_len - CMSG_LEN(0) < 4 ? 1 : 4);
    if (message->cmsg_level == SOL_SOCKET && message->cmsg_type == SO_TIMESTAMPNS) {
        memcpy(&when, data, sizeof(when));
        clock_gettime(CLOCK_REALTIME, &real);
        note("came %s\n", labs(real.tv_sec - when.tv_sec) < 20 ? "now" : "when?");
    } else if (message->cmsg_level == IPPROTO_IP && message->cmsg_type == IP_PKTINFO) {
        const struct in_pktinfo *info = (const void *)data;

        note("to us: %d\n", info->ipi_addr.s_addr == info->ipi_spec_dst.s_addr);
    } else if (message->cmsg_level == IPPROTO_IPV6 && message->cmsg_type == IPV6_PKTINFO) {
        note("to us\n");
    } else {
        note("level %d type %d: %d\n", message->cmsg_level, message->cmsg_type, value);
    }
}

/* Receives one with all that comes with it, which is kept for the answer. */
static ssize_t receive_with(int fd, struct sockaddr_storage *from, char *data, size_t size,
                            struct in_pktinfo *place, struct in6_pktinfo *place6)
{
    _Alignas(8) char control[512];
    struct iovec iov = {data, size};
    struct msghdr msg = {.msg_name = from,
                         .msg_namelen = sizeof(*from),
                         .msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control,
                         .msg_controllen = sizeof(control)};
    ssize_t n;

    await(fd, POLLIN);
    n = recvmsg(fd, &msg, 0);
    check((int)n, "recvmsg");
    for (struct cmsghdr *m = CMSG_FIRSTHDR(&msg); m; m = CMSG_NXTHDR(&msg, m)) {
        note_message(m);
        if (m->cmsg_level == IPPROTO_IP && m->cmsg_type == IP_PKTINFO)
            memcpy(place, CMSG_DATA(m), sizeof(*place));
        if (m->cmsg_level == IPPROTO_IPV6 && m->cmsg_type == IPV6_PKTINFO)
            memcpy(place6, CMSG_DATA(m), sizeof(*place6));
    }
    if (msg.msg_flags)
        note("flags %x\n", msg.msg_flags);
    return n;
}

static struct cmsghdr *add(struct msghdr *msg, int level, int type, const void *data, size_t size)
{
    struct cmsghdr *m = (void *)((char *)msg->msg_control + msg->msg_controllen);

    m->cmsg_level = level;
    m->cmsg_type = type;
    m->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(m), data, size);
    msg->msg_controllen += CMSG_SPACE(size);
    return m;
}

/* From where it came to, with a header of its own. */
static ssize_t send_with(int fd, struct sockaddr_storage *to, const char *data, size_t size,
                         const struct in_pktinfo *place, const struct in6_pktinfo *place6, int ttl,
                         int tos)
{
    bool v6 = address.ss_family == AF_INET6;
    _Alignas(8) char control[512] = {0};
    struct iovec iov = {(void *)data, size};
    struct msghdr msg = {.msg_name = to,
                         .msg_namelen =
                             v6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in),
                         .msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control};

    if (place)
        add(&msg, IPPROTO_IP, IP_PKTINFO, place, sizeof(*place));
    if (place6)
        add(&msg, IPPROTO_IPV6, IPV6_PKTINFO, place6, sizeof(*place6));
    add(&msg, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_HOPLIMIT : IP_TTL, &ttl, sizeof(ttl));
    add(&msg, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_TCLASS : IP_TOS, &tos, sizeof(tos));
    return sendmsg(fd, &msg, 0);
}

static void answer_datagram(int fd)
{
    bool v6 = address.ss_family == AF_INET6;
    struct in_pktinfo place = {0};
    struct in6_pktinfo place6 = {0};
    struct sockaddr_storage from;
    char data[2000];

    seen_length = 0;
    note("%zd bytes\n", receive_with(fd, &from, data, sizeof(data), &place, &place6));
    place.ipi_ifindex = 0;
    place6.ipi6_ifindex = 0;
    check((int)send_with(fd, &from, seen, seen_length, v6 ? NULL : &place, v6 ? &place6 : NULL, 55,
                         0x28),
          "sendmsg");
}

static void datagrams_client(void)
{
    bool v6 = address.ss_family == AF_INET6;
    int fd = check(socket(address.ss_family, SOCK_DGRAM, 0), "socket"), ttl = 44, tos = 0x2c, mtu;
    struct sockaddr_storage from;
    struct in_pktinfo place;
    struct in6_pktinfo place6;
    socklen_t length = sizeof(mtu);
    char data[2000] = {0};
    ssize_t n;

    switch_on(fd);
    check(setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_UNICAST_HOPS : IP_TTL, &ttl,
                     sizeof(ttl)),
          "ttl");
    check(setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_TCLASS : IP_TOS, &tos,
                     sizeof(tos)),
          "tos");
    for (int i = 0; i < 2; i++) {
        if (i == 0)
            n = sendto(fd, data, 100, 0, (struct sockaddr *)&address, address_length);
        else
            n = send_with(fd, &address, data, 1600, NULL, NULL, 33, 0x51);
        check((int)n, "send");
        seen_length = 0;
        n = receive_with(fd, &from, data, sizeof(data), &place, &place6);
        printf("datagram %d, here\n%.*sdatagram %d, there\n%.*s", i, (int)seen_length, seen, i,
               (int)n, data);
    }
    n = send_with(fd, &address, data, 10, NULL, NULL, 0x1000, 0);
    printf("a ttl that is none: %s\n", n < 0 ? strerror(errno) : "sent");
    check(connect(fd, (struct sockaddr *)&address, address_length), "connect");
    check(getsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_MTU : IP_MTU, &mtu, &length),
          "IP_MTU");
    mtu = IP_PMTUDISC_DO;
    check(setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER,
                     &mtu, sizeof(mtu)),
          "IP_MTU_DISCOVER");
    printf("too long for the path: %s\n",
           send(fd, seen, 1, 0) == 1 && send(fd, (char[65000]){0}, 65000, 0) < 0 ? strerror(errno)
                                                                                 : "sent");
    close(fd);
}

/* ---- errors of datagrams ---- */

static struct sockaddr_storage nobody(void)
{
    struct sockaddr_storage there = address;

    ((struct sockaddr_in *)&there)->sin_port = htons(7009); /* the same place in sockaddr_in6 */
    return there;
}

static bool same_address(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
    if (a->ss_family != b->ss_family)
        return false;
    if (a->ss_family == AF_INET6)
        return !memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
                       &((const struct sockaddr_in6 *)b)->sin6_addr, 16);
    return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
           ((const struct sockaddr_in *)b)->sin_addr.s_addr;
}

static void print_report_of(const struct msghdr *msg)
{
    struct cmsghdr *message = CMSG_FIRSTHDR(msg);
    struct sock_extended_err what;
    struct sockaddr_storage offender = {0}, there = nobody();

    if (!message)
        errx(1, "no report");
    memcpy(&what, CMSG_DATA(message), sizeof(what));
    memcpy(&offender, CMSG_DATA(message) + sizeof(what),
           message->cmsg_len - CMSG_LEN(sizeof(what)));
    printf("level %d type %d: %s, origin %u type %u code %u, by %s\n", message->cmsg_level,
           message->cmsg_type, strerror((int)what.ee_errno), what.ee_origin, what.ee_type,
           what.ee_code,
           offender.ss_family == AF_UNSPEC   ? "nobody"
           : same_address(&offender, &there) ? "the peer"
                                             : "another");
}

/* Prints the next one, cut to so many bytes. */
static void take_report(int fd, size_t room)
{
    _Alignas(8) char control[512];
    struct sockaddr_storage to = {0}, there = nobody();
    char data[100] = "";
    struct iovec iov = {data, room};
    struct msghdr msg = {.msg_name = &to,
                         .msg_namelen = sizeof(to),
                         .msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control,
                         .msg_controllen = sizeof(control)};
    ssize_t n = recvmsg(fd, &msg, MSG_ERRQUEUE);

    if (n < 0) {
        printf("no report: %s\n", strerror(errno));
        return;
    }
    printf("report of '%.*s', flags %x, %s %d\n", (int)n, data, (unsigned)msg.msg_flags,
           same_address(&to, &there) ? "to there" : "to whom?",
           ntohs(((struct sockaddr_in *)&to)->sin_port));
    print_report_of(&msg);
}

static void print_error_of(int fd)
{
    int error = -1;

    check(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &(socklen_t){sizeof(error)}), "SO_ERROR");
    printf("SO_ERROR: %s\n", strerror(error));
}

static void print_result(const char *what, ssize_t ret)
{
    printf("%s: %zd %s\n", what, ret, ret < 0 ? strerror(errno) : "");
}

/* To where nobody listens. */
static void send_to_nobody(int fd, const char *text)
{
    struct sockaddr_storage there = nobody();

    check((int)sendto(fd, text, strlen(text), 0, (struct sockaddr *)&there, address_length),
          "sendto");
    await(fd, POLLERR);
}

static void errors_client(void)
{
    bool v6 = address.ss_family == AF_INET6;
    int fd = check(socket(address.ss_family, SOCK_DGRAM, 0), "socket"), on = 1;
    struct sockaddr_storage there = nobody();
    char byte;

    check(setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_RECVERR : IP_RECVERR, &on,
                     sizeof(on)),
          "IP_RECVERR");
    take_report(fd, 100);
    send_to_nobody(fd, "hello");
    take_report(fd, 100);
    print_error_of(fd);
    take_report(fd, 100);
    send_to_nobody(fd, "a longer one");
    print_result("recv", recv(fd, &byte, 1, MSG_DONTWAIT));
    take_report(fd, 4);
    print_result("recv", recv(fd, &byte, 1, MSG_DONTWAIT));
    print_result("too long",
                 sendto(fd, (char[65530]){0}, 65530, 0, (struct sockaddr *)&there, address_length));
    take_report(fd, 100);
    print_error_of(fd);
    close(fd);
}

/* ---- the whole ---- */

static void serve_connection(int fd)
{
    char kind = 0;

    check((int)recv(fd, &kind, 1, 0), "recv");
    switch (kind) {
    case 'u':
    case 'i':
        urgent_server(fd, kind == 'i');
        break;
    case 'e':
        drain(fd);
        break;
    case 'o':
        check((int)send(fd, "x", 1, 0), "send");
        recv(fd, &kind, 1, 0);
        break;
    case 'l':
        lowat_server(fd);
        break;
    case 'q':
        exit(0);
    }
    close(fd);
}

static void serve(void)
{
    int one = 1, listener = check(socket(address.ss_family, SOCK_STREAM, 0), "socket");
    int udp = check(socket(address.ss_family, SOCK_DGRAM, 0), "socket");

    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    check(bind(listener, (struct sockaddr *)&address, address_length), "bind");
    check(listen(listener, 8), "listen");
    check(bind(udp, (struct sockaddr *)&address, address_length), "bind");
    switch_on(udp);
    puts("ready");
    for (;;) {
        struct pollfd fds[] = {{listener, POLLIN, 0}, {udp, POLLIN, 0}};

        if (poll(fds, 2, -1) <= 0)
            continue;
        if (fds[0].revents)
            serve_connection(check(accept(listener, NULL, NULL), "accept"));
        if (fds[1].revents)
            answer_datagram(udp);
    }
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc != 4)
        errx(2, "options serve|talk ADDRESS PORT");
    resolve(argv[2], argv[3]);
    signal(SIGURG, on_urgent);
    if (!strcmp(argv[1], "serve"))
        serve();
    urgent_client(false);
    urgent_client(true);
    options_client();
    paced_client();
    lowat_client();
    datagrams_client();
    errors_client();
    close(dial('q'));
    return 0;
}
