/*
 * fork(2) while another program runs in the same runtime: their descriptors and memory are not the
 * child's; a connection is served by a child of the server.
 *
 * roles: server client
 */
#include "../pair/echo.h"
#include "fork.h"

static int serve(int listener)
{
    char buf[1000]; /* an echo is one write: no waiting for acknowledgements */
    int fd = MUST(accept(listener, NULL, NULL)), status;
    pid_t pid = must_fork();

    if (pid == 0) {
        ssize_t n;

        close(listener);
        while ((n = MUST(read(fd, buf, sizeof(buf)))) > 0)
            write_all(fd, buf, n);
        _exit(0);
    }
    close(fd);
    CHECK(waitpid(pid, &status, 0) == pid);
    return status;
}

int main(int argc, char **argv)
{
    union address at = v4_address("127.0.0.1", pair_port());
    char out[1000], in[1000];

    if (is_role(argc, argv, "server")) {
        int listener = listen_at(&at.sa, address_size(&at), 5), failed = 0;

        for (int i = 0; i < 5; i++)
            failed += serve(listener) != 0;
        SAY("failed %d", failed);
        return 0;
    }
    for (int i = 0; i < 5; i++) {
        int fd = connect_when_ready(&at.sa, address_size(&at));

        for (int j = 1; j < 100; j++) {
            memset(out, j, sizeof(out));
            write_all(fd, out, 10 * j);
            CHECK(read_all(fd, in, 10 * j) == 10u * j);
            CHECK(memcmp(in, out, 10 * j) == 0);
        }
        MUST(shutdown(fd, SHUT_WR));
        CHECK(read(fd, in, 1) == 0); /* only the child has it */
        close(fd);
    }
    SAY("done");
    return 0;
}
