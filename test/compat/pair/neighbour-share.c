/*
 * A program that never makes a call has its share of a core and no more: ten thousand round trips
 * between its neighbours do not wait for a time slice each, and it goes on meanwhile.
 *
 * roles: spinner server client
 */
#include "echo.h"
#include <sys/mman.h>

struct shared {
    volatile long turns; /* of the spinner */
    volatile bool stop;
};

static struct shared *map_shared(void)
{
    int fd = MUST(open("shared", O_RDWR | O_CREAT, 0600));
    void *shared;

    MUST(ftruncate(fd, sizeof(struct shared)));
    shared = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(shared != MAP_FAILED);
    return shared;
}

static void round_trips(int fd, struct shared *shared)
{
    long before;
    char c = 'x';

    while (!shared->turns)
        sleep_ms(1);
    before = shared->turns;
    for (int i = 0; i < 10000; i++) {
        write_all(fd, &c, 1);
        CHECK(read_all(fd, &c, 1) == 1);
    }
    while (shared->turns == before)
        sleep_ms(1);
    SAY("the spinner had its share");
    shared->stop = true;
}

int main(int argc, char **argv)
{
    union address at = v4_address("127.0.0.1", pair_port());
    struct shared *shared = map_shared();

    if (is_role(argc, argv, "spinner")) {
        while (!shared->stop)
            shared->turns++;
        return 0;
    }
    if (is_role(argc, argv, "server"))
        return echo_main(argc, argv, &at.sa, sizeof(at.v4));
    round_trips(connect_when_ready(&at.sa, sizeof(at.v4)), shared);
    return 0;
}
