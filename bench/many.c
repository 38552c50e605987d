/*
 * What idle connections cost those that are busy: messages of 64 bytes, one outstanding on each of
 * the first 100 connections, alone and with idle ones beside.
 *   many server ADDRESS:PORT                       echoes until it is stopped
 *   many client ADDRESS:PORT CONNECTIONS MILLISECONDS
 *                                                  prints how many times slower they became
 *   many hold ADDRESS:PORT CONNECTIONS             for a second each, keeps the first 100, then
 * all; says when
 */
#include "figure.h"
#include <sys/epoll.h>
#include <sys/resource.h>

enum {
    ACTIVE = 100,
    MESSAGE = 64,
    EVENTS = 64,
    BACKLOG = 1024
};

static void allow_descriptors(void)
{
    struct rlimit limit;

    MUST(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = limit.rlim_max;
    MUST(setrlimit(RLIMIT_NOFILE, &limit));
}

static void watch(int epoll, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

    MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
}

static int enter(int epoll, int fd)
{
    int one = 1;

    MUST(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)));
    watch(epoll, fd);
    return fd;
}

static void echo(int fd)
{
    char message[MESSAGE];
    ssize_t got = recv(fd, message, sizeof(message), 0);

    if (got > 0)
        MUST(send(fd, message, (size_t)got, 0));
    else
        close(fd);
}

static void serve(const struct sockaddr_in *at)
{
    int epoll = (int)MUST(epoll_create1(0)), one = 1;
    int listener = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
    struct epoll_event events[EVENTS];

    MUST(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)));
    MUST(bind(listener, (const struct sockaddr *)at, sizeof(*at)));
    MUST(listen(listener, BACKLOG));
    watch(epoll, listener);
    for (;;) {
        long count = MUST(epoll_wait(epoll, events, EVENTS, -1));

        for (long i = 0; i < count; i++) {
            if (events[i].data.fd == listener)
                enter(epoll, (int)MUST(accept(listener, NULL, NULL)));
            else
                echo(events[i].data.fd);
        }
    }
}

/* Each is used once: a connection that never carried anything would be too cheap. */
static int open_one(int epoll, const struct sockaddr_in *to)
{
    int fd = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
    char message[MESSAGE] = {0};

    MUST(connect(fd, (const struct sockaddr *)to, sizeof(*to)));
    MUST(send(fd, message, sizeof(message), 0));
    MUST(recv(fd, message, sizeof(message), MSG_WAITALL));
    return enter(epoll, fd);
}

static uint64_t answer_all(int epoll)
{
    struct epoll_event events[EVENTS];
    long count = MUST(epoll_wait(epoll, events, EVENTS, -1));

    for (long i = 0; i < count; i++) {
        char message[MESSAGE];

        if (MUST(recv(events[i].data.fd, message, sizeof(message), MSG_WAITALL)) != MESSAGE) {
            fprintf(stderr, "the server closed a connection\n");
            exit(1);
        }
        MUST(send(events[i].data.fd, message, sizeof(message), 0));
    }
    return (uint64_t)count;
}

static double measure(int epoll, long ms)
{
    struct stopwatch watch = stopwatch_for(ms);

    while (stopwatch_goes_on(&watch, answer_all(epoll)))
        ;
    return rounds_per_second(&watch);
}

static void ask(const struct sockaddr_in *to, long connections, long ms)
{
    int busy = (int)MUST(epoll_create1(0)), idle = (int)MUST(epoll_create1(0));
    char message[MESSAGE] = {0};
    double alone, beside;
    int active[ACTIVE];

    for (int i = 0; i < ACTIVE; i++)
        active[i] = open_one(busy, to);
    for (int i = 0; i < ACTIVE; i++)
        MUST(send(active[i], message, sizeof(message), 0));
    alone = measure(busy, ms);
    for (long i = ACTIVE; i < connections; i++)
        open_one(idle, to);
    beside = measure(busy, ms);
    fprintf(stderr, "%.0f per second alone, %.0f beside %ld idle connections\n", alone, beside,
            connections - ACTIVE);
    print_figure(alone / beside, (uint64_t)connections);
}

static void tell(long connections)
{
    printf("%ld\n", connections);
    fflush(stdout);
    sleep(1);
}

/* The first hundred are not counted: they bring what is there once. */
static void hold(const struct sockaddr_in *to, long connections)
{
    int idle = (int)MUST(epoll_create1(0));

    for (long i = 0; i < ACTIVE; i++)
        open_one(idle, to);
    tell(ACTIVE);
    for (long i = ACTIVE; i < connections; i++)
        open_one(idle, to);
    tell(connections);
}

int main(int argc, char **argv)
{
    struct sockaddr_in at;

    if (argc < 3) {
        fprintf(stderr, "usage: many server ADDRESS:PORT | client ADDRESS:PORT COUNT MS | "
                        "hold ADDRESS:PORT COUNT\n");
        return 1;
    }
    at = inet_at(argv[2]);
    allow_descriptors();
    if (argc < 4)
        serve(&at);
    if (argc < 5)
        hold(&at, atol(argv[3]));
    else
        ask(&at, atol(argv[3]), atol(argv[4]));
    return 0;
}
