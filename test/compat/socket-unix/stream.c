/*
 * A stream over a path: bind, connect, accept, both directions, half-close.
 *
 * variants: glibc musl
 */
#include "net.h"

int main(void)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "socket"}, got;
    socklen_t len = sizeof(got);
    char buf[16] = "";
    int listener = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
    int client = MUST(socket(AF_UNIX, SOCK_STREAM, 0)), server;

    SHOW(bind(listener, (void *)&at, sizeof(at)));
    SHOW(listen(listener, 5));
    SHOW(connect(client, (void *)&at, sizeof(at)));
    SHOW(write(client, "early", 5));
    server = MUST(accept(listener, (void *)&got, &len));
    SAY("peer size %d family %d", (int)len, got.sun_family);
    len = sizeof(got);
    SHOW(getsockname(server, (void *)&got, &len));
    SAY("server size %d path %s", (int)len, got.sun_path);
    len = sizeof(got);
    SHOW(getpeername(client, (void *)&got, &len));
    SAY("client's peer size %d path %s", (int)len, got.sun_path);
    len = sizeof(got);
    SHOW(getsockname(client, (void *)&got, &len));
    SAY("client size %d", (int)len);
    SHOW(read(server, buf, sizeof(buf)));
    SHOW(write(server, "answer", 6));
    SHOW(read(client, buf, sizeof(buf)));
    SAY("%s", buf);
    SHOW(shutdown(client, SHUT_WR));
    SHOW(read(server, buf, sizeof(buf)));
    SHOW(write(server, "late", 4));
    SHOW(close(server));
    SHOW(read(client, buf, sizeof(buf)));
    SHOW(read(client, buf, sizeof(buf)));
    SAY("polls%s", poll_names(client, POLL_ALL, 0));
    return 0;
}
