/* Edge-triggered: reported once per change; new data and a MOD are changes, reading is not. */
#include "epoll.h"

int main(void)
{
    static char sink[1 << 20];
    char buf[16];
    int set = MUST(epoll_create1(0));
    int pair[2];

    tcp_pair(pair);
    MUST(write(pair[1], "0123", 4));
    SAY("polls%s", poll_names(pair[0], POLLIN, -1));
    SHOW(add(set, pair[0], EPOLLIN | EPOLLET));
    SHOW_EVENTS(set, -1);
    SHOW_EVENTS(set, 0);
    MUST(read(pair[0], buf, 1));
    SHOW_EVENTS(set, 0);
    MUST(write(pair[1], "4", 1));
    SHOW_EVENTS(set, -1);
    SHOW_EVENTS(set, 0);
    SHOW(modify(set, pair[0], EPOLLIN | EPOLLET));
    SHOW_EVENTS(set, 0);
    MUST(read(pair[0], buf, 16));
    SHOW(modify(set, pair[0], EPOLLIN | EPOLLOUT | EPOLLET));
    SHOW_EVENTS(set, 0);
    SHOW_EVENTS(set, 0);
    set_nonblocking(pair[0], true);
    while (write(pair[0], sink, 65536) > 0)
        ;
    SHOW_EVENTS(set, 0);
    for (;;) {
        ssize_t n = recv(pair[1], sink, sizeof(sink), MSG_DONTWAIT);

        if (n < 0 && poll_names(pair[1], POLLIN, 50)[1] == 'n')
            break;
    }
    SHOW_EVENTS(set, -1);
    MUST(shutdown(pair[1], SHUT_WR));
    SAY("polls%s", poll_names(pair[0], POLLRDHUP, -1));
    SHOW(modify(set, pair[0], EPOLLIN | EPOLLRDHUP | EPOLLET));
    SHOW_EVENTS(set, -1);
    SHOW_EVENTS(set, 0);
    return 0;
}
