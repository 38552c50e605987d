/* 400 connections at once, served by one epoll loop, each with bytes of its own. */
#include "net.h"
#include <sys/epoll.h>

enum {
    CONNECTIONS = 400,
    ROUNDS = 10
};
static int listener;

static void *serve(void *arg)
{
    struct epoll_event events[64], event = {.events = EPOLLIN, .data.fd = listener};
    int set = MUST(epoll_create1(0));
    int closed = 0;

    MUST(epoll_ctl(set, EPOLL_CTL_ADD, listener, &event));
    while (closed < CONNECTIONS) {
        int n = MUST(epoll_wait(set, events, 64, -1));

        for (int i = 0; i < n; i++) {
            char buf[64];
            ssize_t got;
            int fd = events[i].data.fd;

            if (fd == listener) {
                event.data.fd = MUST(accept(listener, NULL, NULL));
                MUST(epoll_ctl(set, EPOLL_CTL_ADD, event.data.fd, &event));
                continue;
            }
            got = MUST(read(fd, buf, sizeof(buf)));
            write_all(fd, buf, got);
            if (got == 0) {
                close(fd);
                closed++;
            }
        }
    }
    return arg;
}

int main(void)
{
    static int fds[CONNECTIONS];
    pthread_t thread;

    listener = tcp_listener(v6_address("::1", 0), 100);
    thread = start_thread(serve, NULL);
    for (int i = 0; i < CONNECTIONS; i++)
        fds[i] = tcp_connect(target_of(listener));
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < CONNECTIONS; i++) {
            int word = i * 1000 + round;

            write_all(fds[i], &word, sizeof(word));
        }
        for (int i = CONNECTIONS - 1; i >= 0; i--) {
            int word = -1;

            CHECK(read_all(fds[i], &word, sizeof(word)) == sizeof(word));
            CHECK(word == i * 1000 + round);
        }
    }
    for (int i = 0; i < CONNECTIONS; i++)
        close(fds[i]);
    join_thread(thread);
    SAY("served");
    return 0;
}
