/*
 * A client talks to a server over a unix socket with an abstract name.
 *
 * roles: server client
 */
#include "echo.h"
#include <stddef.h>

int main(int argc, char **argv)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int n = 1 + snprintf(at.sun_path + 1, 64, "compat-%u", pair_port());

    return echo_main(argc, argv, (void *)&at, offsetof(struct sockaddr_un, sun_path) + n);
}
