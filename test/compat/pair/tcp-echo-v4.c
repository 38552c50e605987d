/*
 * A client talks to a server over TCP on 127.0.0.1.
 *
 * roles: server client
 * variants: glibc musl
 */
#include "echo.h"

int main(int argc, char **argv)
{
    union address at = v4_address("127.0.0.1", pair_port());

    return echo_main(argc, argv, &at.sa, sizeof(at.v4));
}
