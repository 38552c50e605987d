/* One descriptor through a socket (SCM_RIGHTS). */
#ifndef COMPAT_FORK_PASSING_H
#define COMPAT_FORK_PASSING_H

#include "../compat.h"
#include <sys/socket.h>

UNUSED static void send_fd(int socket, int fd)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {{0}};
    struct iovec iov = {"x", 1};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = &control,
                         .msg_controllen = sizeof(control)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&msg);

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    MUST(sendmsg(socket, &msg, 0));
}

UNUSED static int receive_fd(int socket)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    char c;
    struct iovec iov = {&c, 1};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = &control,
                         .msg_controllen = sizeof(control)};
    struct cmsghdr *header;
    int fd;

    MUST(recvmsg(socket, &msg, 0));
    header = CMSG_FIRSTHDR(&msg);
    CHECK(header && header->cmsg_type == SCM_RIGHTS);
    memcpy(&fd, CMSG_DATA(header), sizeof(fd));
    return fd;
}

#endif
