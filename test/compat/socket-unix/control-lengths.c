/* The length of control messages is checked before anything is sent. */
#include "compat.h"
#include <sys/socket.h>

static void send_control(int fd, size_t bytes, void *control, size_t length)
{
    struct iovec iov = {"x", bytes};
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = length};

    SHOW(sendmsg(fd, &msg, MSG_DONTWAIT));
}

static void with(int type)
{
    char room[64] = "";
    int fds[2];

    MUST(socketpair(AF_UNIX, type, 0, fds));
    send_control(fds[0], 1, NULL, (size_t)1 << 40);
    send_control(fds[0], 1, NULL, (size_t)1 << 31);
    send_control(fds[0], 1, NULL, 100);
    send_control(fds[0], 1, NULL, 1);
    send_control(fds[0], 0, NULL, 100);
    send_control(fds[0], 1, (void *)8, 100);
    send_control(fds[0], 1, room, 1);
    send_control(fds[0], 1, room, sizeof(room));
    SHOW(recv(fds[1], room, sizeof(room), MSG_DONTWAIT));
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    with(SOCK_STREAM);
    with(SOCK_DGRAM);
    with(SOCK_SEQPACKET);
    return 0;
}
