/*
 * A client talks to a server over a unix socket with a path.
 *
 * roles: server client
 * variants: glibc musl
 */
#include "echo.h"

int main(int argc, char **argv)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "server.socket"};

    return echo_main(argc, argv, (void *)&at, sizeof(at));
}
