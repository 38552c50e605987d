/*
 * A neighbour that never makes a call does not keep a server from its client.
 *
 * roles: spinner server client
 */
#include "echo.h"

int main(int argc, char **argv)
{
    union address at = v4_address("127.0.0.1", pair_port());

    if (is_role(argc, argv, "spinner")) {
        int64_t end = now_ns() + 400000000;

        while (now_ns() < end)
            for (volatile int i = 0; i < 1000000; i++)
                ;
        SAY("spun");
        return 0;
    }
    return echo_main(argc, argv, &at.sa, sizeof(at.v4));
}
