/*
 * Round trips of 64 bytes over two pipes, between two threads: on Linux the cheaper kind, without a
 * change of address space. pipe-echo MILLISECONDS [--spin]                prints nanoseconds per
 * round trip
 */
#include "figure.h"
#include <fcntl.h>
#include <pthread.h>

enum {
    SIZE = 64,
    BATCH = 32
};
static int there[2], back[2];
static bool spin;

/* False at the end of the pipe. */
static bool take(int fd, char *buf)
{
    ssize_t n;

    do
        n = read(fd, buf, SIZE);
    while (n == -1 && errno == EAGAIN);
    if (MUST(n) != 0 && n != SIZE)
        exit(1);
    return n != 0;
}

static void *echo(void *arg)
{
    char buf[SIZE];

    while (take(there[0], buf))
        MUST(write(back[1], buf, SIZE));
    return arg;
}

int main(int argc, char **argv)
{
    struct stopwatch watch;
    char buf[SIZE] = {0};
    pthread_t thread;

    spin = is_spinning(argc, argv);
    MUST(pipe2(there, spin ? O_NONBLOCK : 0));
    MUST(pipe2(back, spin ? O_NONBLOCK : 0));
    if (pthread_create(&thread, NULL, echo, NULL))
        return 1;
    watch = stopwatch_for(atol(argv[1]));
    do {
        for (int i = 0; i < BATCH; i++) {
            MUST(write(there[1], buf, SIZE));
            take(back[0], buf);
        }
    } while (stopwatch_goes_on(&watch, BATCH));
    close(there[1]);
    pthread_join(thread, NULL);
    print_figure(ns_per_round(&watch), watch.rounds);
    return 0;
}
