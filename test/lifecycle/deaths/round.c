#include "deaths.h"

#include <time.h>

/* prctl(2) of a runtime with injected deaths (base/fault.h). */
enum {
    DIE_AT = 0x62700001,     /* die at the n-th point from now */
    OBJECTS_OF = 0x62700002, /* objects of a pool in use */
    POOLS_MAX = 32,
    SECOND = 1000, /* ms */
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
    alarm(20); /* who hangs fails */
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

static void fail(const struct work *work, const char *death, const char *what, int value)
{
    printf("%s, %s: %s: %#x\n", work->name, death, what, (unsigned)value);
    exit(1);
}

/* Those who live on get to their end. */
static void expect_end(const struct work *work, const char *death, pid_t pid)
{
    int status = status_of(pid);

    if (status)
        fail(work, death, "the status of one who lives on", status);
}

/* Within a second of the last death, the arena's use is back. */
static void expect_use(const struct work *work, const char *death, const int before[POOLS_MAX])
{
    int pool;

    for (int tries = 0; (pool = difference(before)) >= 0; tries++) {
        if (tries == SECOND)
            fail(work, death, "objects are lost of pool", pool);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

bool play(const struct work *work, const char *death, unsigned die_at, void (*meanwhile)(pid_t))
{
    int before[POOLS_MAX], status;
    pid_t victim, partner, third = 0;

    use(before);
    CHECK(!pipe(victim_lives));
    work->prepare();
    partner = start(work->partner, 0, false);
    if (work->third)
        third = start(work->third, 0, false);
    victim = start(work->victim, die_at, true);
    close(victim_lives[1]);
    work->finish();
    if (meanwhile)
        meanwhile(victim);
    status = status_of(victim);
    if (status && !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL))
        fail(work, death, "the victim's status", status);
    expect_end(work, death, partner);
    if (third)
        expect_end(work, death, third);
    close(victim_lives[0]);
    expect_use(work, death, before);
    return !status;
}
