/* Closing everything above the standard descriptors, one by one and by close_range, hurts nobody.
 */
#include "net.h"
#include <linux/close_range.h>
#include <sys/epoll.h>

int main(void)
{
    char c;
    int ends[2];

    for (int fd = 3; fd < 5000; fd++)
        close(fd);
    SHOW(pipe(ends));
    SHOW(write(ends[1], "x", 1));
    SHOW(read(ends[0], &c, 1));
    SHOW(epoll_create1(0));
    SHOW(syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC));
    SHOW(fcntl(4, F_GETFD));
    SHOW(syscall(SYS_close_range, 4, ~0U, 0));
    SHOW(write(ends[0], "x", 1));
    SHOW(write(ends[1], "x", 1));
    SHOW(syscall(SYS_close_range, 5, 4, 0));
    SHOW(syscall(SYS_close_range, 3, ~0U, 64));
    SHOW(socket(AF_INET, SOCK_STREAM, 0));
    return 0;
}
