/* What poll says of a socket in each state of its life. */
#include "net.h"

int main(void)
{
    int fresh = MUST(socket(AF_INET, SOCK_STREAM, 0));
    int listener, pair[2], client;

    SAY("fresh%s", poll_names(fresh, POLL_ALL, 0));
    listener = tcp_listener(v4_address("127.0.0.1", 0), 5);
    SAY("listening%s", poll_names(listener, POLL_ALL, 0));
    client = tcp_connect(target_of(listener));
    SAY("waiting for accept%s", poll_names(listener, POLL_ALL, -1));
    SAY("not yet accepted%s", poll_names(client, POLL_ALL, 0));
    tcp_pair(pair);
    SAY("connected%s", poll_names(pair[0], POLL_ALL, 0));
    MUST(write(pair[1], "x", 1));
    SAY("readable%s", poll_names(pair[0], POLLIN, -1));
    SAY("not asked%s", poll_names(pair[0], 0, 0));
    MUST(shutdown(pair[1], SHUT_WR));
    SAY("half closed%s", poll_names(pair[0], POLLRDHUP, -1));
    SAY("half closed, all%s", poll_names(pair[0], POLL_ALL, 0));
    MUST(shutdown(pair[0], SHUT_WR));
    SAY("both closed%s", poll_names(pair[0], POLL_ALL, -1));
    SAY("both closed, none asked%s", poll_names(pair[0], 0, -1));
    return 0;
}
