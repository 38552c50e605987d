/*
 * Round trips of 64 bytes over a unix stream.
 *   unix-echo server PATH [--spin]
 *   unix-echo client PATH MILLISECONDS [--spin]    prints nanoseconds per round trip
 */
#include "stream.h"

int main(int argc, char **argv)
{
    struct sockaddr_un at = unix_path(argv[2]);
    bool spin = is_spinning(argc, argv);

    if (strcmp(argv[1], "server") == 0) {
        unlink(argv[2]);
        echo(listen_on(&at, sizeof(at)), 64, spin, false);
        return 0;
    }
    ping(connect_to(&at, sizeof(at)), 64, spin, atol(argv[3]));
    return 0;
}
