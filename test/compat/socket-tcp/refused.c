/* Nobody listens: ECONNREFUSED from connect, or from SO_ERROR after a non-blocking one, and told
 * once. */
#include "net.h"

static void refused(union address at)
{
    int listener = tcp_listener(at, 1);
    union address to = target_of(listener);
    socklen_t size = address_size(&to);
    int fd = MUST(socket(to.sa.sa_family, SOCK_STREAM, 0));

    close(listener);
    SHOW(connect(fd, &to.sa, size));
    SHOW(connect(fd, &to.sa, size));
    SAY("%s", pending_error(fd));
    close(fd);
    fd = MUST(socket(to.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0));
    SHOW(connect(fd, &to.sa, size));
    SAY("polls%s", poll_names(fd, POLL_ALL, -1));
    SAY("%s", pending_error(fd));
    SAY("%s", pending_error(fd));
    SAY("polls%s", poll_names(fd, POLL_ALL, 0));
    close(fd);
    fd = MUST(socket(to.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0));
    SHOW(connect(fd, &to.sa, size));
    SAY("polls%s", poll_names(fd, POLLOUT, -1));
    SHOW(connect(fd, &to.sa, size));
    close(fd);
}

int main(void)
{
    refused(v4_address("127.0.0.1", 0));
    refused(v6_address("::1", 0));
    return 0;
}
