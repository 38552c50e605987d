/* MSG_ERRQUEUE never waits, not on a blocking socket either: of UDP, of TCP connected or not. */
#include "../net.h"

static void show(int fd)
{
    char control[100], byte;
    struct iovec iov = {&byte, 1};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control,
                         .msg_controllen = sizeof(control)};

    SHOW(recv(fd, &byte, 1, MSG_ERRQUEUE));
    SHOW(recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_TRUNC));
}

int main(void)
{
    int pair[2];

    show(MUST(socket(AF_INET, SOCK_DGRAM, 0)));
    show(MUST(socket(AF_INET, SOCK_STREAM, 0)));
    tcp_pair(pair);
    show(pair[0]);
    MUST(close(pair[1]));
    show(pair[0]);
    return 0;
}
