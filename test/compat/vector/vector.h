/*
 * Checks that registers which a system call must not touch keep their values: the programs of this
 * folder load them, do something in assembly, store them again, and compare.
 */
#ifndef COMPAT_VECTOR_H
#define COMPAT_VECTOR_H

#include "compat.h"

/* A pattern of its own for each register of each thread. */
UNUSED static void fill_pattern(void *at, size_t size, unsigned seed)
{
    unsigned char *bytes = at;

    for (size_t i = 0; i < size; i++) {
        seed = seed * 1103515245 + 12345;
        bytes[i] = seed >> 16;
    }
}

/* A pipe that others feed slowly, so that reads from it block. */
struct feed {
    int ends[2];
    volatile bool stop;
    pthread_t feeder;
};

static void *feed_slowly(void *arg)
{
    struct feed *feed = arg;

    while (!feed->stop) {
        MUST(write(feed->ends[1], "x", 1));
        sched_yield();
    }
    return NULL;
}

UNUSED static void feed_start(struct feed *feed)
{
    feed->stop = false;
    MUST(pipe(feed->ends));
    feed->feeder = start_thread(feed_slowly, feed);
}

UNUSED static void feed_stop(struct feed *feed)
{
    char drain[4096];

    feed->stop = true;
    MUST(fcntl(feed->ends[0], F_SETFL, O_NONBLOCK));
    while (read(feed->ends[0], drain, sizeof(drain)) > 0)
        ;
    join_thread(feed->feeder);
}

#endif
