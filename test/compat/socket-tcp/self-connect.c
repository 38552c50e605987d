/* A socket connected to its own address talks to itself: simultaneous open. */
#include "net.h"

int main(void)
{
    union address at = v4_address("127.0.0.1", 0);
    char buf[8] = "";
    int fd = MUST(socket(AF_INET, SOCK_STREAM, 0));

    MUST(bind(fd, &at.sa, sizeof(at.v4)));
    at = local_address(fd);
    SHOW(connect(fd, &at.sa, sizeof(at.v4)));
    SHOW(write(fd, "myself", 6));
    SHOW(read(fd, buf, sizeof(buf)));
    SAY("%s", buf);
    return 0;
}
