/* Socket options: defaults, what was set, and refusals. */
#include "net.h"

#define GET(fd, level, name) SAY(#name " %d", get_option(fd, level, name))
#define SET(fd, level, name, value)     \
    SAY(#name " set to " #value ": %s", \
        setsockopt(fd, level, name, &(int){value}, sizeof(int)) ? err_name(errno) : "ok")

int main(void)
{
    struct timeval tv = {1, 500000};
    socklen_t len;
    int value;
    int fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
    int fd6 = MUST(socket(AF_INET6, SOCK_STREAM, 0));
    int listener = tcp_listener(v4_address("127.0.0.1", 0), 5);

    GET(fd, SOL_SOCKET, SO_TYPE);
    GET(fd, SOL_SOCKET, SO_DOMAIN);
    GET(fd6, SOL_SOCKET, SO_DOMAIN);
    GET(fd, SOL_SOCKET, SO_PROTOCOL);
    GET(fd, SOL_SOCKET, SO_ACCEPTCONN);
    GET(listener, SOL_SOCKET, SO_ACCEPTCONN);
    GET(fd, SOL_SOCKET, SO_REUSEADDR);
    SET(fd, SOL_SOCKET, SO_REUSEADDR, 5);
    GET(fd, SOL_SOCKET, SO_REUSEADDR);
    SET(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    GET(fd, SOL_SOCKET, SO_KEEPALIVE);
    GET(fd, IPPROTO_TCP, TCP_NODELAY);
    SET(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    GET(fd, IPPROTO_TCP, TCP_NODELAY);
    SET(fd, IPPROTO_TCP, TCP_CORK, 1);
    GET(fd, IPPROTO_TCP, TCP_CORK);
    SET(fd, IPPROTO_TCP, TCP_KEEPIDLE, 77);
    GET(fd, IPPROTO_TCP, TCP_KEEPIDLE);
    SET(fd, IPPROTO_TCP, TCP_KEEPINTVL, 7);
    GET(fd, IPPROTO_TCP, TCP_KEEPINTVL);
    SET(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
    GET(fd, IPPROTO_TCP, TCP_KEEPCNT);
    SET(fd, IPPROTO_TCP, TCP_KEEPIDLE, 0);
    SET(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 1234);
    GET(fd, IPPROTO_TCP, TCP_USER_TIMEOUT);
    SET(fd, SOL_SOCKET, SO_RCVBUF, 20000);
    GET(fd, SOL_SOCKET, SO_RCVBUF);
    SET(fd, SOL_SOCKET, SO_SNDBUF, 30000);
    GET(fd, SOL_SOCKET, SO_SNDBUF);
    SET(fd, SOL_SOCKET, SO_RCVLOWAT, 10);
    GET(fd, SOL_SOCKET, SO_RCVLOWAT);
    SET(fd6, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    GET(fd6, IPPROTO_IPV6, IPV6_V6ONLY);
    SET(fd, IPPROTO_IP, IP_TOS, 0x10);
    GET(fd, IPPROTO_IP, IP_TOS);
    SET(fd, SOL_SOCKET, SO_TYPE, 1);
    SET(fd, SOL_SOCKET, 9999, 1);
    SET(fd, IPPROTO_TCP, 9999, 1);
    SET(fd, 9999, 1, 1);
    SET(fd, SOL_SOCKET, SO_ERROR, 1);
    SHOW(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
    len = sizeof(tv);
    SHOW(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, &len));
    SAY("%ld.%06ld", (long)tv.tv_sec, (long)tv.tv_usec);
    tv.tv_usec = 1000000;
    SHOW(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
    SHOW(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, 2));
    SHOW(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, (void *)8, 4));
    SHOW(setsockopt(99, SOL_SOCKET, SO_REUSEADDR, &value, 4));
    SHOW(setsockopt(1, SOL_SOCKET, SO_REUSEADDR, &value, 4));
    len = 2;
    SHOW(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len));
    SAY("len %d", (int)len);
    len = 100;
    SHOW(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len));
    SAY("len %d value %d", (int)len, value);
    len = -1;
    SHOW(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len));
    SHOW(getsockopt(fd, SOL_SOCKET, 9999, &value, &len));
    SHOW(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, (void *)8));
    len = 4;
    SHOW(getsockopt(fd, SOL_SOCKET, SO_TYPE, (void *)8, &len));
    return 0;
}
