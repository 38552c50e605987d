/* Datagrams on loopback: boundaries, sources, truncation, peeking. */
#include "net.h"

int main(void)
{
    union address at = v4_address("127.0.0.1", 0), from;
    socklen_t len = sizeof(from);
    char buf[16] = "";
    struct iovec iov = {buf, 3};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    int a = MUST(socket(AF_INET, SOCK_DGRAM, 0)), b = MUST(socket(AF_INET, SOCK_DGRAM, 0));
    int n;

    MUST(bind(a, &at.sa, sizeof(at.v4)));
    MUST(bind(b, &at.sa, sizeof(at.v4)));
    at = local_address(b);
    SHOW(sendto(a, "first", 5, 0, &at.sa, sizeof(at.v4)));
    SHOW(sendto(a, "second", 6, 0, &at.sa, sizeof(at.v4)));
    SHOW(sendto(a, "", 0, 0, &at.sa, sizeof(at.v4)));
    SHOW(ioctl(b, FIONREAD, &n));
    SAY("%d", n);
    SHOW(recvfrom(b, buf, sizeof(buf), MSG_PEEK, &from.sa, &len));
    at = local_address(a);
    CHECK(port_of(&from) == port_of(&at));
    at = local_address(b);
    SHOW(recvfrom(b, buf, 3, 0, NULL, NULL));
    SHOW(recvmsg(b, &msg, MSG_TRUNC));
    SAY("%.3s %x", buf, msg.msg_flags);
    SHOW(recv(b, buf, sizeof(buf), 0));
    SHOW(recv(b, buf, sizeof(buf), MSG_DONTWAIT));
    SHOW(send(a, "x", 1, 0));
    SHOW(sendto(a, "x", 1, 0, &at.sa, 4));
    return 0;
}
