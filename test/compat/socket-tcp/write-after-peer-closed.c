/* The first write after the peer closed is taken, and answered by a reset; the next is EPIPE. */
#include "net.h"

int main(void)
{
    char buf[16];
    int pair[2];

    signal(SIGPIPE, SIG_IGN);
    tcp_pair(pair);
    SHOW(close(pair[1]));
    SHOW(read(pair[0], buf, sizeof(buf)));
    SAY("polls%s", poll_names(pair[0], POLL_ALL, -1));
    SHOW(write(pair[0], "x", 1));
    SAY("polls%s", poll_names(pair[0], POLLIN | POLLRDHUP, -1));
    while (!(poll_names(pair[0], 0, 100)[1] == 'E'))
        ;
    SHOW(write(pair[0], "x", 1));
    SHOW(write(pair[0], "x", 1));
    SHOW(read(pair[0], buf, sizeof(buf)));
    return 0;
}
