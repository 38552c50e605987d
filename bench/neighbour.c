/*
 * How long others wait for a program that never sleeps: round trips of one byte to tcp-echo on a
 * core that a spinning program shares.
 *   neighbour spin                                  never ends
 *   neighbour client PORT MILLISECONDS              prints the 99th percentile, nanoseconds
 */
#include "figure.h"

enum {
    SAMPLES_MAX = 1 << 20
};

static int64_t samples[SAMPLES_MAX];

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void spin(void)
{
    for (volatile uint64_t rounds = 0;; rounds = rounds + 1)
        ;
}

static void sample(int fd, long ms)
{
    int64_t begin = now_ns(), end = begin + ms * 1000000, last = begin;
    size_t count = 0;
    char c = 'x';

    do {
        MUST(send(fd, &c, 1, 0));
        if (!receive(fd, &c, 1, false))
            exit(1);
        begin = last;
        last = now_ns();
        samples[count++] = last - begin;
    } while (last < end && count < SAMPLES_MAX);
    qsort(samples, count, sizeof(samples[0]), ascending);
    print_figure((double)samples[count * 99 / 100], count);
}

int main(int argc, char **argv)
{
    struct sockaddr_in at;
    int fd;

    if (strcmp(argv[1], "spin") == 0)
        spin();
    at = inet_at(argv[2]);
    fd = connect_to(&at, sizeof(at));
    no_delay(fd);
    sample(fd, atol(argv[argc - 1]));
    return 0;
}
