/*
 * Under the same runtime: victims of all works are stopped, continued and killed at moments that a
 * seed chooses. Arguments: the seed, and how many die.
 */
#include "deaths.h"

#include <time.h>

static uint64_t state;

static unsigned chance(unsigned below)
{
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned)(state >> 33) % below;
}

static void wait_some(void)
{
    nanosleep(&(struct timespec){.tv_nsec = chance(2500000)}, NULL);
}

static void stop_and_kill(pid_t victim)
{
    wait_some();
    if (chance(4) == 0) {
        CHECK(!kill(victim, SIGSTOP));
        wait_some();
        if (chance(2))
            CHECK(!kill(victim, SIGCONT));
    }
    CHECK(!kill(victim, SIGKILL));
}

int main(int argc, char **argv)
{
    char death[60];
    int killed = 0, wanted = argc > 2 ? atoi(argv[2]) : 1;

    CHECK(argc > 1);
    state = strtoull(argv[1], NULL, 10);
    for (int round = 0; killed < wanted; round++) {
        snprintf(death, sizeof(death), "seed %s, round %d", argv[1], round);
        killed += !play(&works[chance(works_count)], death, 0, stop_and_kill);
    }
    printf("%d killed\n", killed);
    return 0;
}
