/* shutdown(2) in all its ways, and what it answers where it cannot. */
#include "net.h"

int main(void)
{
    char buf[16] = "";
    int pair[2], listener, fresh;

    signal(SIGPIPE, SIG_IGN);
    fresh = MUST(socket(AF_INET, SOCK_STREAM, 0));
    listener = tcp_listener(v4_address("127.0.0.1", 0), 5);
    SHOW(shutdown(fresh, SHUT_RDWR));
    SHOW(shutdown(99, SHUT_RD));
    SHOW(shutdown(1, SHUT_RD));
    tcp_pair(pair);
    SHOW(shutdown(pair[0], 3));
    SHOW(shutdown(pair[0], -1));
    SHOW(shutdown(pair[0], SHUT_RD));
    SAY("polls%s", poll_names(pair[0], POLL_ALL, 0));
    SHOW(read(pair[0], buf, sizeof(buf)));
    SHOW(write(pair[0], "still", 5));
    SHOW(read(pair[1], buf, sizeof(buf)));
    SHOW(shutdown(pair[0], SHUT_RDWR));
    SHOW(read(pair[1], buf, sizeof(buf)));
    SHOW(write(pair[0], "x", 1));
    SHOW(shutdown(listener, SHUT_RD));
    SHOW(accept(listener, NULL, NULL));
    return 0;
}
