/*
 * A port that one program has is in use for the other, until the first has gone.
 *
 * roles: owner other
 */
#include "echo.h"

int main(int argc, char **argv)
{
    union address at = v4_address("127.0.0.1", pair_port());
    char c;
    int fd;

    if (is_role(argc, argv, "owner")) {
        int listener = listen_at(&at.sa, sizeof(at.v4), 5);

        fd = MUST(accept(listener, NULL, NULL));
        SHOW(read(fd, &c, 1));
        SAY("leaving");
        return 0;
    }
    fd = connect_when_ready(&at.sa, sizeof(at.v4));
    SHOW(bind(MUST(socket(AF_INET, SOCK_STREAM, 0)), &at.sa, sizeof(at.v4)));
    SHOW(write(fd, "x", 1));
    SHOW(read(fd, &c, 1));
    close(fd);
    while ((fd = socket(AF_INET, SOCK_STREAM, 0)) >= 0) {
        set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
        if (bind(fd, &at.sa, sizeof(at.v4)) == 0 && listen(fd, 1) == 0)
            break;
        CHECK(errno == EADDRINUSE);
        close(fd);
        sleep_ms(1);
    }
    SAY("taken over");
    return 0;
}
