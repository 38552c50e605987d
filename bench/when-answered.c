/*
 * Becomes another program once somebody answers at an address.
 *   when-answered ADDRESS:PORT COMMAND [ARGUMENT ...]
 */
#include "figure.h"

int main(int argc, char **argv)
{
    struct sockaddr_in at = inet_at(argv[1]);

    if (argc < 3)
        return 2;
    close(connect_to(&at, sizeof(at)));
    MUST(execvp(argv[2], argv + 2));
}
