/* A new descriptor is the lowest free one, whatever kind of thing it is. */
#include "compat.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

int main(void)
{
    int ends[2];

    SHOW(open("/dev/null", O_RDONLY));
    SHOW(eventfd(0, 0));
    SHOW(epoll_create1(0));
    SHOW(socket(AF_INET, SOCK_STREAM, 0));
    SHOW(pipe(ends));
    SAY("%d %d", ends[0], ends[1]);
    close(4);
    close(6);
    SHOW(socket(AF_UNIX, SOCK_STREAM, 0));
    SHOW(pipe(ends));
    SAY("%d %d", ends[0], ends[1]);
    close(3);
    close(8);
    SHOW(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    SAY("%d %d", ends[0], ends[1]);
    close(0);
    SHOW(open("/dev/null", O_RDONLY));
    return 0;
}
