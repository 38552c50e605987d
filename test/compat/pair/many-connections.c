/*
 * 200 connections from one program to another's epoll loop.
 *
 * roles: server client
 */
#include "echo.h"
#include <sys/epoll.h>

enum {
    CONNECTIONS = 200,
    ROUNDS = 20
};

static int serve(const union address *at)
{
    struct epoll_event events[32], event = {.events = EPOLLIN};
    int set = MUST(epoll_create1(0)), closed = 0;
    int listener = listen_at(&at->sa, sizeof(at->v4), 100);
    long requests = 0;

    event.data.fd = listener;
    MUST(epoll_ctl(set, EPOLL_CTL_ADD, listener, &event));
    while (closed < CONNECTIONS) {
        int n = MUST(epoll_wait(set, events, 32, -1));

        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd, word;

            if (fd == listener) {
                event.data.fd = MUST(accept4(listener, NULL, NULL, SOCK_NONBLOCK));
                MUST(epoll_ctl(set, EPOLL_CTL_ADD, event.data.fd, &event));
            } else if (MUST(read(fd, &word, sizeof(word))) == 0) {
                close(fd);
                closed++;
            } else {
                word++;
                write_all(fd, &word, sizeof(word));
                requests++;
            }
        }
    }
    SAY("requests %ld", requests);
    return 0;
}

int main(int argc, char **argv)
{
    union address at = v4_address("127.0.0.1", pair_port());
    int fds[CONNECTIONS];

    if (is_role(argc, argv, "server"))
        return serve(&at);
    for (int i = 0; i < CONNECTIONS; i++)
        fds[i] = connect_when_ready(&at.sa, sizeof(at.v4));
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < CONNECTIONS; i++)
            write_all(fds[i], &(int){i}, sizeof(int));
        for (int i = 0; i < CONNECTIONS; i++) {
            int word;

            CHECK(read_all(fds[i], &word, sizeof(word)) == sizeof(word) && word == i + 1);
        }
    }
    for (int i = 0; i < CONNECTIONS; i++)
        close(fds[i]);
    SAY("done");
    return 0;
}
