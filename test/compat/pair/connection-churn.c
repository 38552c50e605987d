/*
 * A thousand short connections between two programs.
 *
 * roles: server client
 */
#include "echo.h"

enum {
    CONNECTIONS = 1000
};

int main(int argc, char **argv)
{
    union address at = v4_address("127.0.0.1", pair_port());
    long sum = 0;
    int word;

    if (is_role(argc, argv, "server")) {
        int listener = listen_at(&at.sa, sizeof(at.v4), 50);

        for (int i = 0; i < CONNECTIONS; i++) {
            int fd = MUST(accept(listener, NULL, NULL));

            CHECK(read_all(fd, &word, sizeof(word)) == sizeof(word));
            sum += word;
            write_all(fd, &word, sizeof(word));
            close(fd);
        }
        SAY("sum %ld", sum);
        return 0;
    }
    for (int i = 0; i < CONNECTIONS; i++) {
        int fd = connect_when_ready(&at.sa, sizeof(at.v4));

        write_all(fd, &i, sizeof(i));
        CHECK(read_all(fd, &word, sizeof(word)) == sizeof(word) && word == i);
        CHECK(read(fd, &word, 1) == 0);
        close(fd);
    }
    SAY("done");
    return 0;
}
