/* An echo server for one client, and that client: what differs between the cases is the address. */
#ifndef COMPAT_ECHO_H
#define COMPAT_ECHO_H

#include "net.h"

/* The role, from the first argument, with its prefix set. */
UNUSED static bool is_role(int argc, char **argv, const char *role)
{
    static char prefix[32];

    CHECK(argc >= 2);
    snprintf(prefix, sizeof(prefix), "%s: ", argv[1]);
    compat_prefix = prefix;
    return strcmp(argv[1], role) == 0;
}

UNUSED static int listen_at(const struct sockaddr *at, socklen_t size, int backlog)
{
    int fd = MUST(socket(at->sa_family, SOCK_STREAM, 0));

    if (at->sa_family != AF_UNIX)
        set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    MUST(bind(fd, at, size));
    MUST(listen(fd, backlog));
    return fd;
}

UNUSED static int echo_server(const struct sockaddr *at, socklen_t size)
{
    union address peer;
    socklen_t len = sizeof(peer);
    char buf[4096];
    ssize_t n;
    long total = 0;
    int listener = listen_at(at, size, 5);
    int fd = MUST(accept(listener, &peer.sa, &len));

    SAY("client of family %d", peer.sa.sa_family);
    if (peer.sa.sa_family == AF_INET || peer.sa.sa_family == AF_INET6)
        show_address("client", &peer, 0);
    while ((n = MUST(read(fd, buf, sizeof(buf)))) > 0) {
        write_all(fd, buf, n);
        total += n;
    }
    SAY("echoed %ld", total);
    return 0;
}

UNUSED static int echo_client(const struct sockaddr *to, socklen_t size)
{
    char out[1000], in[1000];
    int fd = connect_when_ready(to, size);

    for (int i = 1; i <= 500; i++) {
        memset(out, i, sizeof(out));
        write_all(fd, out, i * 2);
        CHECK(read_all(fd, in, i * 2) == (size_t)i * 2);
        CHECK(memcmp(in, out, i * 2) == 0);
    }
    MUST(shutdown(fd, SHUT_WR));
    SHOW(read(fd, in, 1));
    return 0;
}

UNUSED static int echo_main(int argc, char **argv, const struct sockaddr *at, socklen_t size)
{
    return is_role(argc, argv, "server") ? echo_server(at, size) : echo_client(at, size);
}

#endif
