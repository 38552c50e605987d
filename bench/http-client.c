/*
 * HTTP requests, a connection for each, 48 at a time; every answer is checked.
 *   http-client PORT MILLISECONDS [--keep-alive]   prints requests per second
 * PORT may be ADDRESS:PORT. With --keep-alive the 48 connections stay.
 */
#include "figure.h"
#include <sys/epoll.h>

enum {
    CONNECTIONS = 48,
    BODY = 512,
    EVENTS = 64
};

static const char single[] = "GET /page HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n";
static const char kept[] = "GET /page HTTP/1.1\r\nHost: bench\r\n\r\n";

struct connection {
    int fd;
    size_t got;
    char answer[4096];
};

static struct connection connections[CONNECTIONS];
static struct sockaddr_in to;
static int set;
static bool keep_alive;

static void begin(struct connection *c)
{
    struct epoll_event event = {.events = EPOLLOUT, .data.ptr = c};

    c->got = 0;
    c->fd = MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    if (connect(c->fd, (struct sockaddr *)&to, sizeof(to)) && errno != EINPROGRESS)
        MUST(-1);
    MUST(epoll_ctl(set, EPOLL_CTL_ADD, c->fd, &event));
}

static void send_request(struct connection *c)
{
    const char *request = keep_alive ? kept : single;

    if (send(c->fd, request, strlen(request), MSG_NOSIGNAL) != (ssize_t)strlen(request))
        MUST(-1);
}

static void ask(struct connection *c)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};

    send_request(c);
    MUST(epoll_ctl(set, EPOLL_CTL_MOD, c->fd, &event));
}

/* Where the body begins, or NULL while the head is not complete. */
static const char *body_of(const struct connection *c)
{
    const char *end = memmem(c->answer, c->got, "\r\n\r\n", 4);

    return end ? end + 4 : NULL;
}

static void check_answer(const struct connection *c)
{
    const char *body = body_of(c);
    bool right =
        body && strncmp(c->answer, "HTTP/1.1 200", 12) == 0 && c->answer + c->got - body == BODY;

    for (int i = 0; right && i < BODY; i++)
        right = body[i] == 'a' + i % 26;
    if (!right) {
        fprintf(stderr, "wrong answer: %.*s\n", (int)c->got, c->answer);
        exit(1);
    }
}

static bool is_complete(const struct connection *c)
{
    const char *body = keep_alive ? body_of(c) : NULL;

    return body && c->answer + c->got - body >= BODY;
}

/* True when the answer is complete: without keep-alive, when the server has closed the connection.
 */
static bool take_answer(struct connection *c)
{
    while (!is_complete(c)) {
        ssize_t n = recv(c->fd, c->answer + c->got, sizeof(c->answer) - c->got, 0);

        if (n == -1 && errno == EAGAIN)
            return false;
        if (MUST(n) == 0)
            break;
        c->got += n;
    }
    check_answer(c);
    return true;
}

static void next(struct connection *c)
{
    if (keep_alive) {
        c->got = 0;
        send_request(c);
    } else {
        close(c->fd);
        begin(c);
    }
}

/* Returns how many requests were answered. */
static int turn(void)
{
    struct epoll_event events[EVENTS];
    int n = MUST(epoll_wait(set, events, EVENTS, -1)), done = 0;

    for (int i = 0; i < n; i++) {
        struct connection *c = events[i].data.ptr;

        if (events[i].events & EPOLLOUT) {
            ask(c);
        } else if (take_answer(c)) {
            next(c);
            done++;
        }
    }
    return done;
}

int main(int argc, char **argv)
{
    struct stopwatch watch;

    keep_alive = strcmp(argv[argc - 1], "--keep-alive") == 0;
    to = inet_at(argv[1]);
    close(connect_to(&to, sizeof(to)));
    set = MUST(epoll_create1(0));
    watch = stopwatch_for(atol(argv[2]));
    for (int i = 0; i < CONNECTIONS; i++)
        begin(&connections[i]);
    while (stopwatch_goes_on(&watch, turn()))
        ;
    print_figure(rounds_per_second(&watch), watch.rounds);
    return 0;
}
