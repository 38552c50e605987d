/* Sockets in a set: listening, connecting, connected, hung up, refused. */
#include "epoll.h"

int main(void)
{
    int set = MUST(epoll_create1(0));
    int listener = tcp_listener(v4_address("127.0.0.1", 0), 5);
    union address to = target_of(listener);
    int client = MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)), server, refused;

    SHOW(add(set, client, EPOLLIN | EPOLLOUT | EPOLLRDHUP));
    SHOW_EVENTS(set, 0);
    SHOW(add(set, listener, EPOLLIN));
    SHOW_EVENTS(set, 0);
    SHOW(connect(client, &to.sa, sizeof(to.v4)));
    SAY("polls%s", poll_names(listener, POLLIN, -1));
    SAY("polls%s", poll_names(client, POLLOUT, -1));
    SHOW_EVENTS(set, 0);
    server = MUST(accept(listener, NULL, NULL));
    SHOW_EVENTS(set, 0);
    SHOW(modify(set, client, EPOLLIN | EPOLLRDHUP));
    SHOW(write(server, "x", 1));
    SHOW_EVENTS(set, -1);
    SHOW(shutdown(server, SHUT_WR));
    SAY("polls%s", poll_names(client, POLLRDHUP, -1));
    SHOW_EVENTS(set, -1);
    SHOW(shutdown(client, SHUT_WR));
    SAY("polls%s", poll_names(client, 0, -1));
    SHOW_EVENTS(set, -1);
    SHOW(close(client));
    to = target_of(listener);
    close(listener);
    refused = MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    SHOW(connect(refused, &to.sa, sizeof(to.v4)));
    SHOW(add(set, refused, EPOLLOUT));
    SAY("polls%s", poll_names(refused, POLLOUT, -1));
    SHOW_EVENTS(set, -1);
    return 0;
}
