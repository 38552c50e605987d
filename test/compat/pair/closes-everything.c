/*
 * A program that closes every descriptor, streams too, takes none of its neighbour's.
 *
 * roles: closer server client
 */
#include "echo.h"

int main(int argc, char **argv)
{
    union address at = v4_address("127.0.0.1", pair_port());

    if (is_role(argc, argv, "closer")) {
        SAY("closing");
        for (int fd = 0; fd < 1024; fd++)
            close(fd);
        _exit(0);
    }
    return echo_main(argc, argv, &at.sa, sizeof(at.v4));
}
