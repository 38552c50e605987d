/*
 * Round trips over TCP.
 *   tcp-echo server PORT BYTES [--spin]
 *   tcp-echo client PORT BYTES MILLISECONDS [--spin]     prints nanoseconds per round trip
 * BYTES: of a message, 1 to 64. PORT may be ADDRESS:PORT.
 */
#include "stream.h"

int main(int argc, char **argv)
{
    struct sockaddr_in at = inet_at(argv[2]);
    bool spin = is_spinning(argc, argv);
    size_t size = (size_t)atol(argv[3]);
    int fd;

    if (size < 1 || size > STREAM_MESSAGE_MAX)
        return 2;
    if (strcmp(argv[1], "server") == 0) {
        echo(listen_on(&at, sizeof(at)), size, spin, true);
        return 0;
    }
    fd = connect_to(&at, sizeof(at));
    no_delay(fd);
    ping(fd, size, spin, atol(argv[4]));
    return 0;
}
