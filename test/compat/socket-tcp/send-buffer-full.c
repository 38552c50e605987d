/* A non-blocking sender fills the buffers, gets EAGAIN, and is told when there is room again. */
#include "net.h"

int main(void)
{
    static char data[64 << 10], sink[1 << 20];
    int pair[2];
    long sent = 0, n, received = 0;

    tcp_pair(pair);
    set_nonblocking(pair[0], true);
    while ((n = write(pair[0], data, sizeof(data))) > 0)
        sent += n;
    SAY("%s", err_name(errno));
    CHECK(sent >= 64 << 10);
    SHOW(send(pair[0], data, 1, 0));
    SAY("polls%s", poll_names(pair[0], POLLOUT, 0));
    while (received < sent)
        received += MUST(read(pair[1], sink, sizeof(sink)));
    CHECK(received == sent);
    SAY("polls%s", poll_names(pair[0], POLLOUT, -1));
    SHOW(write(pair[0], data, 100));
    SHOW(read(pair[1], sink, sizeof(sink)));
    return 0;
}
