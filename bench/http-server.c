/*
 * A lean HTTP/1.0 server for a proxy to stand before: 512 bytes for every request, one request per
 * connection, one thread.
 *   http-server PORT
 */
#include "figure.h"
#include <sys/epoll.h>

enum {
    BODY = 512,
    EVENTS = 64
};

static char answer[BODY + 256];
static int answer_length;

static void make_answer(void)
{
    char body[BODY];

    for (int i = 0; i < BODY; i++)
        body[i] = 'a' + i % 26;
    answer_length = snprintf(answer, sizeof(answer),
                             "HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%.*s", BODY, BODY, body);
}

/* The proxy's requests are short: they come in one piece. */
static void serve(int fd)
{
    char request[2048];
    ssize_t n = recv(fd, request, sizeof(request), 0);

    if (n > 0)
        send(fd, answer, answer_length, MSG_NOSIGNAL);
    close(fd);
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = inet_at(argv[argc - 1]);
    int listener = listen_on(&at, sizeof(at)), set = MUST(epoll_create1(0));
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[EVENTS];

    make_answer();
    MUST(epoll_ctl(set, EPOLL_CTL_ADD, listener, &event));
    for (;;) {
        int n = MUST(epoll_wait(set, events, EVENTS, -1));

        for (int i = 0; i < n; i++) {
            if (events[i].data.fd != listener) {
                serve(events[i].data.fd);
                continue;
            }
            event.data.fd = MUST(accept(listener, NULL, NULL));
            MUST(epoll_ctl(set, EPOLL_CTL_ADD, event.data.fd, &event));
        }
    }
}
