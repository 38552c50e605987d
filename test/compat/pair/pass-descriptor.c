/*
 * A descriptor passed over a unix socket works in the other program.
 *
 * roles: server client
 */
#include "echo.h"

int main(int argc, char **argv)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "socket"};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    char byte = 'd', buf[16] = "";
    struct iovec iov = {&byte, 1};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.bytes,
                         .msg_controllen = sizeof(control)};
    int fd, ends[2];

    if (is_role(argc, argv, "server")) {
        fd = MUST(accept(listen_at((void *)&at, sizeof(at), 1), NULL, NULL));
        MUST(pipe(ends));
        control.align = (struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
        memcpy(CMSG_DATA(&control.align), &ends[1], sizeof(int));
        SHOW(sendmsg(fd, &msg, 0));
        close(ends[1]);
        SHOW(read_all(ends[0], buf, sizeof(buf)));
        SAY("%s", buf);
        return 0;
    }
    fd = connect_when_ready((void *)&at, sizeof(at));
    SHOW(recvmsg(fd, &msg, 0));
    CHECK(CMSG_FIRSTHDR(&msg));
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
    SHOW(write(fd, "from the client", 15));
    return 0;
}
