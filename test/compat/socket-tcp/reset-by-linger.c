/* SO_LINGER of zero seconds resets at close; SO_ERROR tells once. */
#include "net.h"

int main(void)
{
    struct linger now = {1, 0}, got;
    socklen_t len = sizeof(got);
    char buf[16];
    int pair[2];

    signal(SIGPIPE, SIG_IGN);
    tcp_pair(pair);
    SHOW(setsockopt(pair[1], SOL_SOCKET, SO_LINGER, &now, sizeof(now)));
    SHOW(getsockopt(pair[1], SOL_SOCKET, SO_LINGER, &got, &len));
    SAY("%d %d", got.l_onoff, got.l_linger);
    SHOW(close(pair[1]));
    SAY("client polls%s", poll_names(pair[0], POLL_ALL, -1));
    SAY("%s", pending_error(pair[0]));
    SAY("%s", pending_error(pair[0]));
    SHOW(read(pair[0], buf, sizeof(buf)));
    SHOW(write(pair[0], "x", 1));
    return 0;
}
