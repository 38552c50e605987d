/*
 * Two static programs in one go. Those at fixed addresses: same-addresses.c.
 *
 * roles: server client
 * variants: static-pie
 */
#include "echo.h"

int main(int argc, char **argv)
{
    union address at = v4_address("127.0.0.1", pair_port());

    return echo_main(argc, argv, &at.sa, sizeof(at.v4));
}
