/* SO_PEERCRED and SO_PASSCRED tell who is at the other end. */
#include "net.h"

int main(void)
{
    struct ucred cred;
    socklen_t len = sizeof(cred);
    char byte;
    union {
        char bytes[CMSG_SPACE(sizeof(cred))];
        struct cmsghdr align;
    } control;
    struct iovec iov = {&byte, 1};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.bytes,
                         .msg_controllen = sizeof(control)};
    struct cmsghdr *c;
    int pair[2];

    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    SHOW(getsockopt(pair[0], SOL_SOCKET, SO_PEERCRED, &cred, &len));
    SHOW(cred.pid == getpid() && cred.uid == getuid() && cred.gid == getgid());
    set_option(pair[1], SOL_SOCKET, SO_PASSCRED, 1);
    SHOW(get_option(pair[1], SOL_SOCKET, SO_PASSCRED));
    SHOW(write(pair[0], "x", 1));
    SHOW(recvmsg(pair[1], &msg, 0));
    c = CMSG_FIRSTHDR(&msg);
    CHECK(c);
    SHOW(c->cmsg_type == SCM_CREDENTIALS);
    memcpy(&cred, CMSG_DATA(c), sizeof(cred));
    SHOW(cred.pid == getpid() && cred.uid == getuid());
    len = sizeof(cred);
    SHOW(getsockopt(MUST(socket(AF_UNIX, SOCK_STREAM, 0)), SOL_SOCKET, SO_PEERCRED, &cred, &len));
    SAY("%d %d", cred.pid, (int)cred.uid);
    return 0;
}
