/* FIONREAD counts what can be read, SIOCATMARK and SIOCOUTQ answer. */
#include "net.h"
#include <linux/sockios.h>

int main(void)
{
    char buf[8];
    int pair[2], n;
    int listener = tcp_listener(v4_address("127.0.0.1", 0), 1);

    tcp_pair(pair);
    SHOW(ioctl(pair[0], FIONREAD, &n));
    SAY("%d", n);
    MUST(write(pair[1], "0123456789", 10));
    SAY("polls%s", poll_names(pair[0], POLLIN, -1));
    SHOW(ioctl(pair[0], FIONREAD, &n));
    SAY("%d", n);
    MUST(read(pair[0], buf, 4));
    SHOW(ioctl(pair[0], FIONREAD, &n));
    SAY("%d", n);
    SHOW(ioctl(pair[1], SIOCOUTQ, &n));
    CHECK(n >= 0 && n <= 10);
    SHOW(ioctl(listener, FIONREAD, &n));
    SHOW(ioctl(pair[0], FIONREAD, (void *)8));
    n = 1;
    SHOW(ioctl(pair[0], FIONBIO, &n));
    SHOW(!!(fcntl(pair[0], F_GETFL) & O_NONBLOCK));
    n = 0;
    SHOW(ioctl(pair[0], FIONBIO, &n));
    SHOW(!!(fcntl(pair[0], F_GETFL) & O_NONBLOCK));
    SHOW(ioctl(pair[0], FIOCLEX));
    SHOW(fcntl(pair[0], F_GETFD));
    SHOW(ioctl(pair[0], 0x12345678, &n));
    return 0;
}
