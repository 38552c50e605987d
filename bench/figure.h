/*
 * Shared by the benchmark programs: time, sockets, and the one line of JSON that each prints. They
 * are ordinary Linux programs, the same binary for both sides of a pair.
 */
#ifndef BENCH_FIGURE_H
#define BENCH_FIGURE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))

/* Ends the program when a call failed; gives its value back. */
#define MUST(call) must(#call, (long)(call))
UNUSED static long must(const char *what, long ret)
{
    if (ret == -1) {
        perror(what);
        exit(1);
    }
    return ret;
}

/* CLOCK_MONOTONIC, nanoseconds. */
UNUSED static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/*
 * A measurement by the clock: the part before `start` warms up and is not counted. The clock is
 * read once for every `batch` rounds.
 */
struct stopwatch {
    int64_t start, end; /* nanoseconds */
    int64_t warm_end, stop_at;
    uint64_t rounds;
};

enum {
    WARM_UP_MS = 50
};

UNUSED static struct stopwatch stopwatch_for(long ms)
{
    int64_t now = now_ns(), warm_end = now + WARM_UP_MS * 1000000L;

    return (struct stopwatch){.warm_end = warm_end, .stop_at = warm_end + ms * 1000000};
}

/* Counts `rounds` that were just done; false when the time is over and there is a figure. */
UNUSED static bool stopwatch_goes_on(struct stopwatch *watch, uint64_t rounds)
{
    watch->end = now_ns();
    if (watch->start)
        watch->rounds += rounds;
    else if (watch->end >= watch->warm_end)
        watch->start = watch->end;
    return watch->end < watch->stop_at || watch->rounds == 0;
}

/* The program's result. `value` is in the unit of the pair that it belongs to. */
UNUSED static void print_figure(double value, uint64_t count)
{
    printf("{\"value\":%.6f,\"count\":%llu}\n", value, (unsigned long long)count);
    fflush(stdout);
}

UNUSED static double ns_per_round(const struct stopwatch *watch)
{
    return (double)(watch->end - watch->start) / (double)watch->rounds;
}

UNUSED static double rounds_per_second(const struct stopwatch *watch)
{
    return 1e9 / ns_per_round(watch);
}

/* "ADDRESS:PORT", or a port of the loopback. */
UNUSED static struct sockaddr_in inet_at(const char *text)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const char *colon = strchr(text, ':');
    char address[INET_ADDRSTRLEN] = "";

    at.sin_port = htons((uint16_t)atoi(colon ? colon + 1 : text));
    if (!colon)
        return at;
    snprintf(address, sizeof(address), "%.*s", (int)(colon - text), text);
    if (inet_pton(AF_INET, address, &at.sin_addr) != 1) {
        fprintf(stderr, "%s: not an IPv4 address\n", text);
        exit(1);
    }
    return at;
}

UNUSED static struct sockaddr_un unix_path(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    return address;
}

UNUSED static int listen_on(const void *address, socklen_t size)
{
    int fd = MUST(socket(((const struct sockaddr *)address)->sa_family, SOCK_STREAM, 0));
    int on = 1;

    MUST(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
    MUST(bind(fd, address, size));
    MUST(listen(fd, 128));
    return fd;
}

/* Connects; while nobody listens yet, or the link is not up, tries again. */
UNUSED static int connect_to(const void *address, socklen_t size)
{
    struct timespec brief = {0, 1000000};

    for (;;) {
        int fd = MUST(socket(((const struct sockaddr *)address)->sa_family, SOCK_STREAM, 0));

        if (connect(fd, address, size) == 0)
            return fd;
        if (errno != ECONNREFUSED && errno != ENOENT && errno != EHOSTUNREACH &&
            errno != ENETUNREACH && errno != ETIMEDOUT)
            MUST(-1);
        close(fd);
        nanosleep(&brief, NULL);
    }
}

UNUSED static void no_delay(int fd)
{
    int on = 1;

    MUST(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)));
}

/* One message of this size; with `spin`, polls for it without sleeping. False at the end of the
 * stream. */
UNUSED static bool receive(int fd, char *buf, size_t size, bool spin)
{
    for (size_t got = 0; got < size;) {
        ssize_t n = recv(fd, buf + got, size - got, spin ? MSG_DONTWAIT : 0);

        if (n == -1 && errno == EAGAIN)
            continue;
        if (MUST(n) == 0)
            return false;
        got += n;
    }
    return true;
}

UNUSED static bool is_spinning(int argc, char **argv)
{
    return strcmp(argv[argc - 1], "--spin") == 0;
}

#endif
