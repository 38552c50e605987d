/*
 * A client talks to a server over TCP on ::1.
 *
 * roles: server client
 */
#include "echo.h"

int main(int argc, char **argv)
{
    union address at = v6_address("::1", pair_port());

    return echo_main(argc, argv, &at.sa, sizeof(at.v6));
}
