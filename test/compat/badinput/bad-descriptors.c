/* Every call on a descriptor that is not open answers EBADF. */
#include "net.h"
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/timerfd.h>

static void try_all(int fd)
{
    struct iovec iov = {(char[8]){0}, 8};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    struct sockaddr_in addr = {.sin_family = AF_INET};
    struct itimerspec spec = {0};
    struct epoll_event event = {0};
    socklen_t len = sizeof(addr);
    struct stat st;
    char buf[8] = "";
    int n;
    int good = MUST(open("/dev/null", O_RDWR));

    SAY("descriptor %d", fd);
    SHOW(read(fd, buf, 1));
    SHOW(write(fd, buf, 1));
    SHOW(read(fd, buf, 0));
    SHOW(write(fd, buf, 0));
    SHOW(readv(fd, &iov, 1));
    SHOW(writev(fd, &iov, 1));
    SHOW(pread(fd, buf, 1, 0));
    SHOW(pwrite(fd, buf, 1, 0));
    SHOW(lseek(fd, 0, SEEK_SET));
    SHOW(close(fd));
    SHOW(dup(fd));
    SHOW(dup2(fd, 50));
    SHOW(dup3(fd, 50, 0));
    SHOW(fcntl(fd, F_GETFD));
    SHOW(fcntl(fd, F_GETFL));
    SHOW(fcntl(fd, F_SETFL, 0));
    SHOW(fcntl(fd, F_DUPFD, 0));
    SHOW(ioctl(fd, FIONREAD, &n));
    SHOW(fstat(fd, &st));
    SHOW(ftruncate(fd, 0));
    SHOW(fsync(fd));
    SHOW(fchmod(fd, 0600));
    SHOW(fchdir(fd));
    SHOW(syscall(SYS_getdents64, fd, buf, 8));
    SHOW(sendfile(fd, good, NULL, 1));
    SHOW(sendfile(good, fd, NULL, 1));
    SHOW(splice(fd, NULL, good, NULL, 1, 0));
    SHOW_PTR(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0));
    SHOW(bind(fd, (void *)&addr, sizeof(addr)));
    SHOW(listen(fd, 1));
    SHOW(accept(fd, NULL, NULL));
    SHOW(accept4(fd, NULL, NULL, 0));
    SHOW(connect(fd, (void *)&addr, sizeof(addr)));
    SHOW(send(fd, buf, 1, 0));
    SHOW(recv(fd, buf, 1, 0));
    SHOW(sendto(fd, buf, 1, 0, (void *)&addr, sizeof(addr)));
    SHOW(recvfrom(fd, buf, 1, 0, NULL, NULL));
    SHOW(sendmsg(fd, &msg, 0));
    SHOW(recvmsg(fd, &msg, 0));
    SHOW(shutdown(fd, SHUT_RDWR));
    SHOW(getsockname(fd, (void *)&addr, &len));
    SHOW(getpeername(fd, (void *)&addr, &len));
    SHOW(getsockopt(fd, SOL_SOCKET, SO_TYPE, &n, &len));
    SHOW(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &n, sizeof(n)));
    SHOW(epoll_wait(fd, &event, 1, 0));
    SHOW(epoll_ctl(fd, EPOLL_CTL_ADD, good, &event));
    SHOW(timerfd_settime(fd, 0, &spec, NULL));
    SHOW(timerfd_gettime(fd, &spec));
    SHOW(openat(fd, "x", O_RDONLY));
    SHOW(mkdirat(fd, "x", 0700));
    SHOW(unlinkat(fd, "x", 0));
    close(good);
}

int main(void)
{
    try_all(-1);
    try_all(99);
    try_all(1 << 20);
    try_all(INT32_MAX);
    return 0;
}
