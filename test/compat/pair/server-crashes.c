/*
 * The server crashes: its client sees the end of the connection and goes on.
 *
 * roles: client server
 * exit: 139
 * report: SIGSEGV
 */
#include "echo.h"

int main(int argc, char **argv)
{
    union address at = v4_address("127.0.0.1", pair_port());
    int *volatile wild = (int *)8;
    char c;
    int fd;

    if (is_role(argc, argv, "server")) {
        fd = MUST(accept(listen_at(&at.sa, sizeof(at.v4), 1), NULL, NULL));
        MUST(read(fd, &c, 1));
        SAY("crashing");
        *wild = 1;
        return 0;
    }
    fd = connect_when_ready(&at.sa, sizeof(at.v4));
    SHOW(write(fd, "x", 1));
    SHOW(read(fd, &c, 1));
    while (connect(MUST(socket(AF_INET, SOCK_STREAM, 0)), &at.sa, sizeof(at.v4)) == 0)
        ;
    SAY("%s", err_name(errno));
    SAY("alive");
    return 0;
}
