/* SO_RCVTIMEO and SO_SNDTIMEO end blocking calls with EAGAIN, accept too; connect is not concerned
 * when made. */
#include "net.h"

int main(void)
{
    static char data[1 << 20];
    struct timeval tv = {0, 30000};
    char buf[16];
    int pair[2];
    int listener = tcp_listener(v4_address("127.0.0.1", 0), 5);
    int64_t start;

    tcp_pair(pair);
    SHOW(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
    SHOW(setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)));
    SHOW(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
    start = now_ns();
    SHOW(recv(pair[0], buf, sizeof(buf), 0));
    CHECK(now_ns() - start >= 20000000);
    SHOW(read(pair[0], buf, sizeof(buf)));
    SHOW(recv(pair[0], buf, sizeof(buf), MSG_WAITALL));
    SHOW(accept(listener, NULL, NULL));
    SHOW(write(pair[1], "x", 1));
    SHOW(recv(pair[0], buf, 4, MSG_WAITALL));
    while (send(pair[0], data, sizeof(data), 0) > 0)
        ;
    SAY("%s", err_name(errno));
    return 0;
}
