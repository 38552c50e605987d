/* After SHUT_WR the peer reads the rest and an end of file, and can still send. */
#include "net.h"

int main(void)
{
    char buf[16] = "";
    int pair[2];

    signal(SIGPIPE, SIG_IGN);
    tcp_pair(pair);
    SHOW(write(pair[0], "request", 7));
    SHOW(shutdown(pair[0], SHUT_WR));
    SHOW(write(pair[0], "x", 1));
    SHOW(read(pair[1], buf, sizeof(buf)));
    SHOW(read(pair[1], buf, sizeof(buf)));
    SHOW(read(pair[1], buf, sizeof(buf)));
    SAY("%s, server polls%s", buf, poll_names(pair[1], POLL_ALL, 0));
    SHOW(write(pair[1], "response", 8));
    SAY("client polls%s", poll_names(pair[0], POLLIN | POLLRDHUP, -1));
    SHOW(read(pair[0], buf, sizeof(buf)));
    SHOW(shutdown(pair[1], SHUT_WR));
    SHOW(read(pair[0], buf, sizeof(buf)));
    SAY("client polls%s", poll_names(pair[0], POLL_ALL, -1));
    SAY("server polls%s", poll_names(pair[1], POLL_ALL, -1));
    SHOW(shutdown(pair[1], SHUT_RD));
    SAY("%s", pending_error(pair[1]));
    return 0;
}
