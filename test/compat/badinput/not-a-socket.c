/* Socket calls on what is no socket answer ENOTSOCK. */
#include "net.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>

static void try_all(const char *what, int fd)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    struct iovec iov = {(char[8]){0}, 8};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    socklen_t len = sizeof(addr);
    char c = 0;
    int n = 1;

    SAY("%s", what);
    SHOW(bind(fd, (void *)&addr, sizeof(addr)));
    SHOW(listen(fd, 1));
    SHOW(accept(fd, NULL, NULL));
    SHOW(connect(fd, (void *)&addr, sizeof(addr)));
    SHOW(send(fd, &c, 1, 0));
    SHOW(recv(fd, &c, 1, 0));
    SHOW(sendmsg(fd, &msg, 0));
    SHOW(recvmsg(fd, &msg, 0));
    SHOW(shutdown(fd, SHUT_RD));
    SHOW(getsockname(fd, (void *)&addr, &len));
    SHOW(getpeername(fd, (void *)&addr, &len));
    SHOW(getsockopt(fd, SOL_SOCKET, SO_TYPE, &n, &len));
    SHOW(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &n, sizeof(n)));
}

int main(void)
{
    int ends[2];

    MUST(pipe(ends));
    try_all("file", file_with("f", ""));
    try_all("pipe", ends[0]);
    try_all("eventfd", MUST(eventfd(0, 0)));
    try_all("epoll", MUST(epoll_create1(0)));
    try_all("folder", MUST(open(".", O_RDONLY)));
    return 0;
}
