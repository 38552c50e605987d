/* bind(2), listen(2) and socket(2) refused for their arguments. */
#include "net.h"

int main(void)
{
    union address at = v4_address("127.0.0.1", 0), foreign = v4_address("192.0.2.1", 0);
    union address v6 = v6_address("::1", 0), foreign6 = v6_address("2001:db8::1", 0);
    int fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
    int fd6 = MUST(socket(AF_INET6, SOCK_STREAM, 0));
    int udp = MUST(socket(AF_INET, SOCK_DGRAM, 0));

    SHOW(bind(99, &at.sa, sizeof(at.v4)));
    SHOW(bind(1, &at.sa, sizeof(at.v4)));
    SHOW(bind(fd, &at.sa, 8));
    SHOW(bind(fd, &v6.sa, sizeof(v6.v6)));
    SHOW(bind(fd6, &at.sa, sizeof(at.v4)));
    SHOW(bind(fd, &foreign.sa, sizeof(foreign.v4)));
    SHOW(bind(fd6, &foreign6.sa, sizeof(foreign6.v6)));
    SHOW(bind(fd, (void *)8, sizeof(at.v4)));
    SHOW(bind(fd, &at.sa, sizeof(at.v4)));
    SHOW(bind(fd, &at.sa, sizeof(at.v4)));
    SHOW(listen(fd, 5));
    SHOW(listen(fd, 10));
    SHOW(listen(fd, -1));
    SHOW(listen(udp, 5));
    SHOW(listen(99, 5));
    SHOW(listen(1, 5));
    SHOW(socket(AF_INET, 99, 0));
    SHOW(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
    SHOW(socket(AF_INET, SOCK_STREAM, 9999));
    SHOW(socket(999, SOCK_STREAM, 0));
    SHOW(socket(AF_INET, SOCK_STREAM | 0x100000, 0));
    SHOW(socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) > 0);
    SHOW(socketpair(AF_INET, SOCK_STREAM, 0, &(int[2]){0}[0]));
    return 0;
}
