/* A non-blocking connect is in progress, then writable; a second one says so. */
#include "net.h"

int main(void)
{
    char c;
    int listener = tcp_listener(v4_address("127.0.0.1", 0), 5);
    union address to = target_of(listener), peer;
    socklen_t len = sizeof(peer);
    int fd = MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));

    SHOW(recv(fd, &c, 1, 0));
    SAY("polls%s", poll_names(fd, POLL_ALL, 0));
    SHOW(connect(fd, &to.sa, sizeof(to.v4)));
    SAY("polls%s", poll_names(fd, POLLOUT, -1));
    SAY("%s", pending_error(fd));
    SHOW(getpeername(fd, &peer.sa, &len));
    SHOW(connect(fd, &to.sa, sizeof(to.v4)) == -1 && (errno == EISCONN || errno == 0));
    SHOW(connect(fd, &to.sa, sizeof(to.v4)));
    SHOW(recv(fd, &c, 1, 0));
    SHOW(send(fd, "x", 1, 0));
    return 0;
}
