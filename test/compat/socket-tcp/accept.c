/* accept and accept4: flags, truncated addresses, refusals; what the new socket inherits. */
#include "net.h"

int main(void)
{
    union address peer;
    socklen_t len;
    int listener = tcp_listener(v4_address("127.0.0.1", 0), 5);
    union address to = target_of(listener);
    int fresh = MUST(socket(AF_INET, SOCK_STREAM, 0));
    int udp = MUST(socket(AF_INET, SOCK_DGRAM, 0));
    int fd;

    SHOW(accept(fresh, NULL, NULL));
    SHOW(accept(udp, NULL, NULL));
    SHOW(accept(99, NULL, NULL));
    SHOW(accept(1, NULL, NULL));
    SHOW(accept4(listener, NULL, NULL, 1));
    set_nonblocking(listener, true);
    SHOW(accept(listener, NULL, NULL));
    set_option(listener, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(listener, SOL_SOCKET, SO_KEEPALIVE, 1);
    for (int i = 0; i < 5; i++)
        tcp_connect(to);
    fd = MUST(accept(listener, NULL, NULL));
    SAY("nonblock %d cloexec %d nodelay %d keepalive %d", !!(fcntl(fd, F_GETFL) & O_NONBLOCK),
        fcntl(fd, F_GETFD), get_option(fd, IPPROTO_TCP, TCP_NODELAY),
        get_option(fd, SOL_SOCKET, SO_KEEPALIVE));
    fd = MUST(accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
    SAY("nonblock %d cloexec %d", !!(fcntl(fd, F_GETFL) & O_NONBLOCK), fcntl(fd, F_GETFD));
    len = 4;
    memset(&peer, 0xff, sizeof(peer));
    SHOW(accept(listener, &peer.sa, &len) >= 0);
    SAY("size %d family %d rest %x", (int)len, peer.sa.sa_family, ((unsigned char *)&peer)[4]);
    len = -1;
    SHOW(accept(listener, &peer.sa, &len));
    len = sizeof(peer);
    SHOW(accept(listener, (void *)8, &len));
    SHOW(accept(listener, &peer.sa, (void *)8));
    return 0;
}
