/*
 * Runs under the runtime with injected deaths: for each kind of work a victim dies at its first
 * point, the next time at its second one, and so on, until it gets to its end. After each death the
 * others see it, find every byte right, and the arena's use is what it was before.
 */
#include "deaths.h"

#include <time.h>

/* prctl(2) of that runtime: die at the n-th point from now; objects of a pool in use. */
enum {
    DIE_AT = 0x62700001,
    OBJECTS_OF = 0x62700002,
    POOLS_MAX = 32,
};

static void use(int of[POOLS_MAX])
{
    for (int pool = 0; pool < POOLS_MAX; pool++)
        of[pool] = prctl(OBJECTS_OF, pool, 0, 0, 0);
}

static int difference(const int before[POOLS_MAX])
{
    int now[POOLS_MAX];

    use(now);
    for (int pool = 0; pool < POOLS_MAX; pool++) {
        if (now[pool] != before[pool])
            return pool;
    }
    return -1;
}

static pid_t start(void (*run)(void), unsigned die_at, bool is_victim)
{
    pid_t pid = fork();

    CHECK(pid >= 0);
    if (pid)
        return pid;
    signal(SIGPIPE, SIG_IGN);
    alarm(5);
    if (!is_victim)
        close(victim_lives[1]);
    if (die_at)
        CHECK(!prctl(DIE_AT, die_at, 0, 0, 0));
    run();
    _exit(0);
}

static int status_of(pid_t pid)
{
    int status;

    CHECK(waitpid(pid, &status, 0) == pid);
    return status;
}

/* Those who live on get to their end. */
static void expect_end(const struct work *work, unsigned n, pid_t pid)
{
    int status = status_of(pid);

    if (!status)
        return;
    printf("%s, death at %u: the status of one who lives on is %#x\n", work->name, n, status);
    exit(1);
}

/* Returns true when the victim got to its end alive. */
static bool die_at(const struct work *work, unsigned n)
{
    int before[POOLS_MAX];
    pid_t victim, partner, third = 0;
    int status, pool;

    use(before);
    CHECK(!pipe(victim_lives));
    work->prepare();
    partner = start(work->partner, 0, false);
    if (work->third)
        third = start(work->third, 0, false);
    victim = start(work->victim, n, true);
    close(victim_lives[1]);
    work->finish();
    status = status_of(victim);
    if (status && !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)) {
        printf("%s, death at %u: the victim's status is %#x\n", work->name, n, status);
        exit(1);
    }
    expect_end(work, n, partner);
    if (third)
        expect_end(work, n, third);
    close(victim_lives[0]);
    for (int tries = 0; (pool = difference(before)) >= 0; tries++) {
        if (tries == 1000) {
            printf("%s, death at %u: %d objects of pool %d, before %d\n", work->name, n,
                   prctl(OBJECTS_OF, pool, 0, 0, 0), pool, before[pool]);
            exit(1);
        }
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return !status;
}

/* Arguments: the work's number, the first point, and how far apart they are. */
int main(int argc, char **argv)
{
    const struct work *work = &works[argc > 1 ? atoi(argv[1]) : 0];
    unsigned n = argc > 2 ? (unsigned)atoi(argv[2]) : 1,
             step = argc > 3 ? (unsigned)atoi(argv[3]) : 1;
    bool to_the_end = false;

    CHECK(argc < 2 || (unsigned)atoi(argv[1]) < works_count);
    while (!to_the_end) {
        to_the_end = die_at(work, n);
        n += step;
    }
    printf("%s: %u points\n", work->name, n - step);
    return 0;
}
