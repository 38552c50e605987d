/*
 * Every socket option that docs/syscalls.md lists as emulated, on a connected socket: what it is,
 * what setting it to 1 answers, and what it is then.
 */
#include "net.h"

#define OPTION(level, name) \
    {                       \
        level, name, #name  \
    }

static const struct {
    int level, name;
    const char *text;
} options[] = {
    OPTION(SOL_SOCKET, SO_TYPE),        OPTION(SOL_SOCKET, SO_DOMAIN),
    OPTION(SOL_SOCKET, SO_PROTOCOL),    OPTION(SOL_SOCKET, SO_ACCEPTCONN),
    OPTION(SOL_SOCKET, SO_ERROR),       OPTION(SOL_SOCKET, SO_RCVLOWAT),
    OPTION(SOL_SOCKET, SO_SNDLOWAT),    OPTION(SOL_SOCKET, SO_REUSEADDR),
    OPTION(SOL_SOCKET, SO_REUSEPORT),   OPTION(SOL_SOCKET, SO_KEEPALIVE),
    OPTION(SOL_SOCKET, SO_DONTROUTE),   OPTION(SOL_SOCKET, SO_OOBINLINE),
    OPTION(SOL_SOCKET, SO_BROADCAST),   OPTION(SOL_SOCKET, SO_PRIORITY),
    OPTION(SOL_SOCKET, SO_LINGER),      OPTION(SOL_SOCKET, SO_RCVTIMEO),
    OPTION(SOL_SOCKET, SO_SNDTIMEO),    OPTION(IPPROTO_TCP, TCP_NODELAY),
    OPTION(IPPROTO_TCP, TCP_CORK),      OPTION(IPPROTO_TCP, TCP_KEEPIDLE),
    OPTION(IPPROTO_TCP, TCP_KEEPINTVL), OPTION(IPPROTO_TCP, TCP_KEEPCNT),
    OPTION(IPPROTO_TCP, TCP_SYNCNT),    OPTION(IPPROTO_TCP, TCP_LINGER2),
    OPTION(IPPROTO_TCP, TCP_INFO),      OPTION(IPPROTO_TCP, TCP_USER_TIMEOUT),
    OPTION(IPPROTO_IP, IP_TOS),         OPTION(IPPROTO_IP, IP_TTL),
    OPTION(IPPROTO_IP, IP_FREEBIND),    OPTION(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT),
};

static void show(int fd, int level, int name)
{
    int value = 0;
    socklen_t size = sizeof(value);

    if (getsockopt(fd, level, name, &value, &size))
        SAY("    %s", err_name(errno));
    else
        SAY("    %d, %d bytes", value, (int)size);
}

int main(void)
{
    int pair[2], one = 1;

    tcp_pair(pair);
    for (unsigned i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        int failed;

        SAY("%s", options[i].text);
        show(pair[0], options[i].level, options[i].name);
        failed = setsockopt(pair[0], options[i].level, options[i].name, &one, sizeof(one));
        SAY("    %s", failed ? err_name(errno) : "set");
        show(pair[0], options[i].level, options[i].name);
    }
    return 0;
}
