/* Closing with unread data resets the connection: ECONNRESET once, then an end of file; writes are
 * EPIPE. */
#include "net.h"

int main(void)
{
    char buf[16];
    int pair[2];

    signal(SIGPIPE, SIG_IGN);
    tcp_pair(pair);
    SHOW(write(pair[0], "unread", 6));
    SAY("server polls%s", poll_names(pair[1], POLLIN, -1));
    SHOW(close(pair[1]));
    SAY("client polls%s", poll_names(pair[0], POLL_ALL & ~POLLOUT, -1));
    SHOW(read(pair[0], buf, sizeof(buf)));
    SHOW(read(pair[0], buf, sizeof(buf)));
    SHOW(write(pair[0], "x", 1));
    SAY("%s", pending_error(pair[0]));
    return 0;
}
