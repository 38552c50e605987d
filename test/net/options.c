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
#include <netdb.h>
#include <netinet/in.h>
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
    case 'q':
        exit(0);
    }
    close(fd);
}

static void serve(void)
{
    int one = 1, listener = check(socket(address.ss_family, SOCK_STREAM, 0), "socket");

    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    check(bind(listener, (struct sockaddr *)&address, address_length), "bind");
    check(listen(listener, 8), "listen");
    puts("ready");
    for (;;)
        serve_connection(check(accept(listener, NULL, NULL), "accept"));
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
    close(dial('q'));
    return 0;
}
