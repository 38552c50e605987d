/*
 * One TCP stream of writes of 64 KiB, read by as much as there is.
 *   bulk server PORT MILLISECONDS                  prints gigabytes (10^9) per second, as received
 *   bulk client PORT
 *   bulk sender PORT CONGESTION                    as TCP_CONGESTION names it; stays until stopped
 * PORT may be ADDRESS:PORT.
 */
#include "figure.h"

enum {
    WRITE_SIZE = 64 << 10,
    READ_SIZE = 256 << 10
};

static void measure(int fd, long ms)
{
    static char buf[READ_SIZE];
    struct stopwatch watch = stopwatch_for(ms);
    ssize_t n;

    do
        n = MUST(recv(fd, buf, sizeof(buf), 0));
    while (n > 0 && stopwatch_goes_on(&watch, n));
    print_figure((double)watch.rounds / (double)(watch.end - watch.start), watch.rounds);
}

int main(int argc, char **argv)
{
    static char buf[WRITE_SIZE];
    struct sockaddr_in at = inet_at(argv[2]);
    int fd;

    if (strcmp(argv[1], "server") == 0) {
        measure(MUST(accept(listen_on(&at, sizeof(at)), NULL, NULL)), atol(argv[argc - 1]));
        return 0;
    }
    memset(buf, 'b', sizeof(buf));
    fd = connect_to(&at, sizeof(at));
    if (strcmp(argv[1], "sender") == 0)
        MUST(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, argv[3], (socklen_t)strlen(argv[3])));
    while (send(fd, buf, sizeof(buf), MSG_NOSIGNAL) > 0)
        ;
    while (strcmp(argv[1], "sender") == 0)
        pause();
    return 0;
}
