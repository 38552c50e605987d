/* A vector whose second part is bad sends or receives the first, or fails; later bytes are intact.
 */
#include "net.h"

int main(void)
{
    char buf[8] = "";
    struct iovec wild[] = {{(void *)8, 4}};
    int pair[2];

    tcp_pair(pair);
    SHOW(writev(pair[0], wild, 1));
    SHOW(send(pair[0], (void *)-8, 4, 0));
    SHOW(write(pair[0], "data", 4));
    SAY("polls%s", poll_names(pair[1], POLLIN, -1));
    SHOW(read(pair[1], (void *)8, 4));
    SHOW(readv(pair[1], wild, 1));
    SHOW(recv(pair[1], (void *)0x800000000000, 4, 0));
    SHOW(read(pair[1], buf, 4));
    SAY("%s", buf);
    return 0;
}
