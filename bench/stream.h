/* Ping-pong of a message over a connected stream: what the TCP and the unix benchmark have in
 * common. */
#ifndef BENCH_STREAM_H
#define BENCH_STREAM_H

#include "figure.h"

enum {
    STREAM_BATCH = 32,
    STREAM_MESSAGE_MAX = 64
};

/* Gives back what one client sends, until it leaves. */
UNUSED static void echo(int listener, size_t size, bool spin, bool tcp)
{
    char buf[STREAM_MESSAGE_MAX];
    int fd = MUST(accept(listener, NULL, NULL));

    if (tcp)
        no_delay(fd);
    while (receive(fd, buf, size, spin))
        MUST(send(fd, buf, size, 0));
}

/* Prints the nanoseconds of a round trip. */
UNUSED static void ping(int fd, size_t size, bool spin, long ms)
{
    char buf[STREAM_MESSAGE_MAX] = {0};
    struct stopwatch watch = stopwatch_for(ms);

    do {
        for (int i = 0; i < STREAM_BATCH; i++) {
            MUST(send(fd, buf, size, 0));
            if (!receive(fd, buf, size, spin))
                exit(1);
        }
    } while (stopwatch_goes_on(&watch, STREAM_BATCH));
    print_figure(ns_per_round(&watch), watch.rounds);
}

#endif
