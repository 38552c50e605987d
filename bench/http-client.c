/*
 * HTTP requests, a connection for each, 48 at a time; every answer is checked.
 *   http-client PORT MILLISECONDS                  prints requests per second
 */
#include "figure.h"
#include <sys/epoll.h>

enum {
    CONNECTIONS = 48,
    BODY = 512,
    EVENTS = 64
};

static const char request[] = "GET /page HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n";

struct connection {
    int fd;
    size_t got;
    char answer[4096];
};

static struct connection connections[CONNECTIONS];
static struct sockaddr_in to;
static int set;

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
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};

    if (send(c->fd, request, strlen(request), MSG_NOSIGNAL) != (ssize_t)strlen(request))
        MUST(-1);
    MUST(epoll_ctl(set, EPOLL_CTL_MOD, c->fd, &event));
}

static void check_answer(const struct connection *c)
{
    const char *body = memmem(c->answer, c->got, "\r\n\r\n", 4);
    bool right = body && strncmp(c->answer, "HTTP/1.1 200", 12) == 0 &&
                 c->answer + c->got - (body + 4) == BODY;

    for (int i = 0; right && i < BODY; i++)
        right = body[4 + i] == 'a' + i % 26;
    if (!right) {
        fprintf(stderr, "wrong answer: %.*s\n", (int)c->got, c->answer);
        exit(1);
    }
}

/* True when the answer is complete: the server has closed the connection. */
static bool take_answer(struct connection *c)
{
    for (;;) {
        ssize_t n = recv(c->fd, c->answer + c->got, sizeof(c->answer) - c->got, 0);

        if (n == -1 && errno == EAGAIN)
            return false;
        if (MUST(n) == 0)
            break;
        c->got += n;
    }
    check_answer(c);
    close(c->fd);
    return true;
}

/* Returns how many requests were answered. */
static int turn(void)
{
    struct epoll_event events[EVENTS];
    int n = MUST(epoll_wait(set, events, EVENTS, -1)), done = 0;

    for (int i = 0; i < n; i++) {
        struct connection *c = events[i].data.ptr;

        if (events[i].events & EPOLLOUT) {
            send_request(c);
        } else if (take_answer(c)) {
            begin(c);
            done++;
        }
    }
    return done;
}

int main(int argc, char **argv)
{
    struct stopwatch watch;

    (void)argc;
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
