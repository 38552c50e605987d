/*
 * Two programs talk over two named pipes.
 *
 * roles: server client
 */
#include "echo.h"
#include <sys/stat.h>

/* Whoever comes first makes it. */
static int open_fifo(const char *path, int flags)
{
    if (mkfifo(path, 0600))
        CHECK(errno == EEXIST);
    return MUST(open(path, flags));
}

int main(int argc, char **argv)
{
    bool server = is_role(argc, argv, "server");
    int in, out;
    char line[64];

    if (server) {
        in = open_fifo("requests", O_RDONLY);
        out = open_fifo("answers", O_WRONLY);
        for (ssize_t n; (n = MUST(read(in, line, sizeof(line)))) > 0;) {
            for (ssize_t i = 0; i < n; i++)
                line[i] ^= 0x20;
            write_all(out, line, n);
        }
        SAY("end of requests");
        return 0;
    }
    out = open_fifo("requests", O_WRONLY);
    in = open_fifo("answers", O_RDONLY);
    for (int i = 0; i < 200; i++) {
        write_all(out, "question", 8);
        CHECK(read_all(in, line, 8) == 8 && memcmp(line, "QUESTION", 8) == 0);
    }
    close(out);
    SHOW(read(in, line, 1));
    return 0;
}
