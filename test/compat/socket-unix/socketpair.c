/* socketpair(2): both ways, names, end of file, reset by unread data. */
#include "net.h"

int main(void)
{
    struct sockaddr_un got;
    socklen_t len = sizeof(got);
    char buf[16] = "";
    int pair[2];

    signal(SIGPIPE, SIG_IGN);
    SHOW(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    SHOW(write(pair[0], "to one", 6));
    SHOW(write(pair[1], "to zero", 7));
    SHOW(read(pair[0], buf, sizeof(buf)));
    SHOW(read(pair[1], buf, 3));
    SHOW(read(pair[1], buf, sizeof(buf)));
    SHOW(getsockname(pair[0], (void *)&got, &len));
    SAY("size %d", (int)len);
    len = sizeof(got);
    SHOW(getpeername(pair[0], (void *)&got, &len));
    SAY("size %d", (int)len);
    SHOW(write(pair[0], "unread", 6));
    SHOW(close(pair[1]));
    SHOW(read(pair[0], buf, sizeof(buf)));
    SHOW(read(pair[0], buf, sizeof(buf)));
    SHOW(write(pair[0], "x", 1));
    SHOW(socketpair(AF_UNIX, SOCK_STREAM, 1, pair));
    SHOW(socketpair(AF_UNIX, SOCK_STREAM, 99, pair));
    SHOW(socketpair(AF_UNIX, 99, 0, pair));
    SHOW(socketpair(AF_UNIX, SOCK_STREAM, 0, (void *)8));
    SHOW(open("/dev/null", O_RDONLY));
    return 0;
}
