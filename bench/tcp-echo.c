/*
 * Round trips of one byte over TCP.
 *   tcp-echo server PORT [--spin]
 *   tcp-echo client PORT MILLISECONDS [--spin]     prints nanoseconds per round trip
 */
#include "stream.h"

int main(int argc, char **argv)
{
    struct sockaddr_in at = loopback(argv[2]);
    bool spin = is_spinning(argc, argv);
    int fd;

    if (strcmp(argv[1], "server") == 0) {
        echo(listen_on(&at, sizeof(at)), 1, spin, true);
        return 0;
    }
    fd = connect_to(&at, sizeof(at));
    no_delay(fd);
    ping(fd, 1, spin, atol(argv[3]));
    return 0;
}
