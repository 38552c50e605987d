/* MSG_PEEK, FIONREAD, partial reads and non-blocking writes on a unix stream. */
#include "net.h"

int main(void)
{
    static char data[64 << 10];
    char buf[16] = "";
    int pair[2], n;
    long sent = 0, got = 0, r;

    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    SHOW(write(pair[0], "01234", 5));
    SHOW(write(pair[0], "56789", 5));
    SHOW(recv(pair[1], buf, 4, MSG_PEEK));
    SHOW(ioctl(pair[1], FIONREAD, &n));
    SAY("%d", n);
    SHOW(recv(pair[1], buf, 7, MSG_WAITALL));
    SAY("%.7s", buf);
    SHOW(recv(pair[1], buf, 16, 0));
    set_nonblocking(pair[0], true);
    while ((r = write(pair[0], data, sizeof(data))) > 0)
        sent += r;
    SAY("%s polls%s", err_name(errno), poll_names(pair[0], POLLOUT, 0));
    while (got < sent)
        got += MUST(read(pair[1], data, sizeof(data)));
    SAY("polls%s", poll_names(pair[0], POLLOUT, 0));
    CHECK(got == sent);
    return 0;
}
