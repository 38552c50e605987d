/*
 * How long the first message after a pause takes: 64 bytes, there and back, in nanoseconds.
 *   after-idle server ADDRESS:PORT                 echoes until it is stopped
 *   after-idle client ADDRESS:PORT MILLISECONDS    prints the median
 * The pause is longer than anything spins, so that both ends sleep.
 */
#include "figure.h"

enum {
    MESSAGE = 64,
    PAUSE_NS = 20000000,
    ROUNDS_MAX = 10000
};

static void serve(const struct sockaddr_in *at)
{
    int listener = listen_on(at, sizeof(*at));

    for (;;) {
        int fd = (int)MUST(accept(listener, NULL, NULL));
        char message[MESSAGE];

        no_delay(fd);
        while (receive(fd, message, sizeof(message), false))
            MUST(send(fd, message, sizeof(message), 0));
        close(fd);
    }
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void ask(const struct sockaddr_in *to, long ms)
{
    static int64_t times[ROUNDS_MAX];
    const struct timespec pause = {0, PAUSE_NS};
    char message[MESSAGE] = {0};
    int64_t end = now_ns() + ms * 1000000;
    int fd = connect_to(to, sizeof(*to));
    size_t rounds = 0;

    no_delay(fd);
    do {
        int64_t before;

        nanosleep(&pause, NULL);
        before = now_ns();
        MUST(send(fd, message, sizeof(message), 0));
        if (!receive(fd, message, sizeof(message), false)) {
            fprintf(stderr, "the server closed the connection\n");
            exit(1);
        }
        times[rounds++] = now_ns() - before;
    } while (rounds < ROUNDS_MAX && now_ns() < end);
    qsort(times, rounds, sizeof(times[0]), by_value);
    print_figure((double)times[rounds / 2], rounds);
}

int main(int argc, char **argv)
{
    struct sockaddr_in at;

    if (argc < 3) {
        fprintf(stderr, "usage: after-idle server ADDRESS:PORT | client ADDRESS:PORT MS\n");
        return 1;
    }
    at = inet_at(argv[2]);
    if (argc < 4)
        serve(&at);
    ask(&at, atol(argv[3]));
    return 0;
}
