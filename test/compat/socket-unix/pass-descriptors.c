/* SCM_RIGHTS: descriptors travel with data; the received ones share the description. */
#include "net.h"

static ssize_t send_fds(int sock, const int *fds, int n)
{
    char control[CMSG_SPACE(sizeof(int) * 8)] = {0};
    struct iovec iov = {"d", 1};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control,
                         .msg_controllen = CMSG_SPACE(sizeof(int) * n)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int) * n);
    memcpy(CMSG_DATA(c), fds, sizeof(int) * n);
    return sendmsg(sock, &msg, 0);
}

static int receive_fds(int sock, int *fds, size_t room, int flags)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int) * 8)];
        struct cmsghdr align;
    } control;
    char byte;
    struct iovec iov = {&byte, 1};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.bytes,
                         .msg_controllen = CMSG_SPACE(sizeof(int) * room)};
    struct cmsghdr *c;
    int n = 0;

    SHOW(recvmsg(sock, &msg, flags));
    c = CMSG_FIRSTHDR(&msg);
    if (c) {
        n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(fds, CMSG_DATA(c), n * sizeof(int));
    }
    SAY("%d descriptors%s", n, msg.msg_flags & MSG_CTRUNC ? ", truncated" : "");
    return n;
}

int main(void)
{
    char buf[16] = "";
    int pair[2], ends[2], fds[8];
    int file = file_with("f", "0123456789");

    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    MUST(pipe(ends));
    SHOW(send_fds(pair[0], (int[]){file, ends[1]}, 2));
    SHOW(receive_fds(pair[1], fds, 8, MSG_CMSG_CLOEXEC));
    SHOW(fcntl(fds[0], F_GETFD));
    MUST(lseek(file, 5, SEEK_SET));
    SHOW(read(fds[0], buf, 2));
    SHOW(lseek(file, 0, SEEK_CUR));
    close(ends[1]);
    SHOW(write(fds[1], "through", 7));
    close(fds[1]);
    SHOW(read(ends[0], buf, sizeof(buf)));
    SHOW(read(ends[0], buf, sizeof(buf)));
    SHOW(send_fds(pair[0], (int[]){99}, 1));
    MUST(pipe(ends));
    SHOW(send_fds(pair[0], &ends[1], 1));
    close(ends[1]);
    SHOW(receive_fds(pair[1], fds, 1, 0));
    SHOW(write(fds[0], "late", 4));
    SHOW(read(ends[0], buf, sizeof(buf)));
    SHOW(send_fds(pair[0], (int[]){file, file, file}, 3));
    SHOW(receive_fds(pair[1], fds, 1, 0));
    return 0;
}
