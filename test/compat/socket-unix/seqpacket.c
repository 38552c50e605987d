/* Sequenced packets: a connection with boundaries. */
#include "net.h"

int main(void)
{
    char buf[16] = "";
    struct iovec iov = {buf, 3};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    int pair[2];

    signal(SIGPIPE, SIG_IGN);
    SHOW(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
    SHOW(write(pair[0], "first", 5));
    SHOW(write(pair[0], "second", 6));
    SHOW(read(pair[1], buf, sizeof(buf)));
    SHOW(recvmsg(pair[1], &msg, 0));
    SAY("%.3s truncated %d", buf, !!(msg.msg_flags & MSG_TRUNC));
    SHOW(recv(pair[1], buf, sizeof(buf), MSG_DONTWAIT));
    SHOW(shutdown(pair[0], SHUT_WR));
    SHOW(read(pair[1], buf, sizeof(buf)));
    SHOW(close(pair[0]));
    SHOW(write(pair[1], "x", 1));
    return 0;
}
