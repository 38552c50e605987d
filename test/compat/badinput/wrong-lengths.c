/* Lengths beyond all measure: negative, enormous, or overflowing. */
#include "net.h"
#include <sys/random.h>
#include <sys/stat.h>

int main(void)
{
    static char buf[100];
    struct iovec negative = {buf, (size_t)-1}, huge[2] = {{buf, INT64_MAX}, {buf, INT64_MAX}};
    struct msghdr msg = {.msg_iov = huge, .msg_iovlen = 2};
    union address a;
    socklen_t len = -5;
    int pair[2], ends[2];
    int fd = file_with("f", "0123456789");

    tcp_pair(pair);
    MUST(pipe(ends));
    SHOW(read(fd, buf, -1));
    SHOW(pread(fd, buf, SIZE_MAX, 0));
    SHOW(writev(fd, &negative, 1));
    SHOW(writev(ends[1], &negative, 1));
    SHOW(writev(ends[1], huge, 2));
    SHOW(readv(ends[0], huge, -3));
    SHOW(sendmsg(pair[0], &msg, 0));
    SHOW(getsockname(pair[0], &a.sa, &len));
    SHOW(bind(MUST(socket(AF_INET, SOCK_STREAM, 0)), &a.sa, 100000));
    SHOW(connect(pair[0], &a.sa, -1));
    SHOW(setsockopt(pair[0], SOL_SOCKET, SO_KEEPALIVE, buf, -1));
    SHOW(getrandom((void *)buf, 10, 0xff));
    SHOW(syscall(SYS_getcwd, buf, -1L) > 0);
    SHOW(mkfifo("", 0600));
    return 0;
}
