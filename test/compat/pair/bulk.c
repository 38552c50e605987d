/*
 * Megabytes from one program to another.
 *
 * roles: server client
 */
#include "echo.h"

enum {
    WORDS = 8 << 20
};

int main(int argc, char **argv)
{
    static uint32_t block[50000];
    union address at = v4_address("127.0.0.1", pair_port());
    uint32_t done = 0;
    size_t n;
    int fd;

    if (is_role(argc, argv, "server")) {
        fd = MUST(accept(listen_at(&at.sa, sizeof(at.v4), 1), NULL, NULL));
        while ((n = read_all(fd, block, sizeof(block))) > 0)
            for (size_t i = 0; i < n / 4; i++)
                CHECK(block[i] == done++ * 2654435761u);
        SAY("received %u", done);
        return 0;
    }
    fd = connect_when_ready(&at.sa, sizeof(at.v4));
    while (done < WORDS) {
        n = WORDS - done < ARRAY_SIZE(block) ? WORDS - done : ARRAY_SIZE(block);
        for (size_t i = 0; i < n; i++)
            block[i] = done++ * 2654435761u;
        write_all(fd, block, n * 4);
    }
    SAY("sent %u", done);
    return 0;
}
