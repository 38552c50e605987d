/*
 * Connections with one request each: connect, accept, a byte there, a byte back, close.
 *   connect server PORT
 *   connect client PORT MILLISECONDS               prints connections per second
 */
#include "figure.h"

enum {
    BATCH = 8
};

static void serve(int listener)
{
    for (char c = 0; c != 'q';) {
        int fd = MUST(accept(listener, NULL, NULL));

        if (recv(fd, &c, 1, 0) == 1)
            MUST(send(fd, &c, 1, 0));
        close(fd);
    }
}

/*
 * The client waits for the server's end of file before it closes, so that the server's side holds
 * the port in TIME_WAIT, and the client's ports can be used again.
 */
static void request(const struct sockaddr_in *to, char c)
{
    int fd = connect_to(to, sizeof(*to));

    MUST(send(fd, &c, 1, 0));
    while (MUST(recv(fd, &c, 1, 0)) == 1)
        ;
    close(fd);
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = inet_at(argv[2]);
    struct stopwatch watch;

    if (strcmp(argv[1], "server") == 0) {
        serve(listen_on(&at, sizeof(at)));
        return 0;
    }
    request(&at, 'x');
    watch = stopwatch_for(atol(argv[argc - 1]));
    do {
        for (int i = 0; i < BATCH; i++)
            request(&at, 'x');
    } while (stopwatch_goes_on(&watch, BATCH));
    request(&at, 'q');
    print_figure(rounds_per_second(&watch), watch.rounds);
    return 0;
}
