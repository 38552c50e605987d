/* TCP_INFO tells the state; TCP_MAXSEG and others answer. */
#include "net.h"

static int state_of(int fd)
{
    struct tcp_info info;
    socklen_t len = sizeof(info);

    MUST(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len));
    return info.tcpi_state;
}

int main(void)
{
    char name[16] = "";
    socklen_t len = sizeof(name);
    int listener = tcp_listener(v4_address("127.0.0.1", 0), 5);
    int pair[2];

    SHOW(state_of(listener) == TCP_LISTEN);
    tcp_pair(pair);
    SHOW(state_of(pair[0]) == TCP_ESTABLISHED);
    MUST(shutdown(pair[0], SHUT_WR));
    SAY("peer polls%s", poll_names(pair[1], POLLRDHUP, -1));
    SHOW(state_of(pair[1]) == TCP_CLOSE_WAIT);
    SHOW(state_of(MUST(socket(AF_INET, SOCK_STREAM, 0))) == TCP_CLOSE);
    CHECK(get_option(pair[0], IPPROTO_TCP, TCP_MAXSEG) > 0);
    SHOW(getsockopt(pair[0], IPPROTO_TCP, TCP_CONGESTION, name, &len));
    CHECK(name[0]);
    return 0;
}
