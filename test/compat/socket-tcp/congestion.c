/* TCP_CONGESTION: what is set is told; names that nobody has, and lengths. */
#include "net.h"

static const char *congestion_of(int fd)
{
    static char name[16];
    socklen_t len = sizeof(name);

    memset(name, 0, sizeof(name));
    MUST(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len));
    SHOW(len);
    return name;
}

static int set(int fd, const char *name, socklen_t len)
{
    return setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, len);
}

int main(void)
{
    int fd = MUST(socket(AF_INET, SOCK_STREAM, 0)), pair[2];
    char two[2] = "";
    socklen_t len = sizeof(two);

    SHOW(set(fd, "reno", 4));
    SAY("set: %s", congestion_of(fd));
    SHOW(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, two, &len));
    SAY("two bytes: %u, %.2s", len, two);
    SHOW(set(fd, "nobody's", 8));
    SHOW(set(fd, "reno", 0));
    SHOW(set(fd, (char *)8, 4));
    SHOW(set(fd, "reno and much more than a name may have", 39));
    SAY("still: %s", congestion_of(fd));
    CHECK(close(fd) == 0);

    tcp_pair(pair);
    SHOW(set(pair[0], "reno", 4));
    SAY("connected: %s", congestion_of(pair[0]));
    return 0;
}
