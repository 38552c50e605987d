/*
 * A client crashes with data unread: the server sees a reset, and serves the other client.
 *
 * roles: server crasher client
 * exit: 134
 * report: SIGABRT
 */
#include "echo.h"

/* The crasher's second byte says that the data has reached it; what follows is the reset. */
static void serve_crasher(int fd)
{
    char c;

    write_all(fd, "never read", 10);
    CHECK(read(fd, &c, 1) == 1);
    SHOW(read(fd, &c, 1));
}

int main(int argc, char **argv)
{
    union address at = v4_address("127.0.0.1", pair_port());
    bool server = is_role(argc, argv, "server"), crasher = is_role(argc, argv, "crasher");
    char c;
    int fd;

    if (server) {
        int listener = listen_at(&at.sa, sizeof(at.v4), 5);

        for (int i = 0; i < 2; i++) {
            fd = MUST(accept(listener, NULL, NULL));
            CHECK(read(fd, &c, 1) == 1);
            if (c == 'c')
                serve_crasher(fd);
            else
                write_all(fd, "served", 6);
            close(fd);
        }
        return 0;
    }
    fd = connect_when_ready(&at.sa, sizeof(at.v4));
    if (crasher) {
        write_all(fd, "c", 1);
        SAY("polls%s", poll_names(fd, POLLIN, -1));
        write_all(fd, "s", 1);
        abort();
    }
    write_all(fd, "x", 1);
    SHOW(read_all(fd, (char[6]){0}, 6));
    return 0;
}
