/* A thread's mask is its own; those that it makes by clone, fork and exec begin with it. */
#include "compat.h"
#include <sys/wait.h>

static cpu_set_t mine;
static pthread_barrier_t barrier;

static int mask_is(const cpu_set_t *wanted)
{
    cpu_set_t now;

    MUST(sched_getaffinity(0, sizeof(now), &now));
    return CPU_EQUAL(&now, wanted) && CPU_ISSET(sched_getcpu(), &now);
}

static void *inherits(void *arg)
{
    SAY("a new thread has its creator's: %d", mask_is(arg));
    return NULL;
}

/* Takes core n of all, or the first when there are fewer, and keeps it while others run. */
static void *on_its_own(void *arg)
{
    long n = (long)arg;
    cpu_set_t one;
    int ok = 1;

    CPU_ZERO(&one);
    for (int core = 0; core < CPU_SETSIZE; core++)
        if (CPU_ISSET(core, &mine) && (!CPU_COUNT(&one) || n-- > 0)) {
            CPU_ZERO(&one);
            CPU_SET(core, &one);
        }
    MUST(pthread_setaffinity_np(pthread_self(), sizeof(one), &one));
    for (int i = 0; i < 50; i++) {
        pthread_barrier_wait(&barrier);
        ok &= mask_is(&one);
        sched_yield();
        ok &= mask_is(&one);
    }
    return (void *)(long)ok;
}

static void of_each_its_own(void)
{
    pthread_t threads[4];
    long ok = 1;

    pthread_barrier_init(&barrier, NULL, ARRAY_SIZE(threads));
    for (long i = 0; i < 4; i++)
        threads[i] = start_thread(on_its_own, (void *)i);
    for (int i = 0; i < 4; i++)
        ok &= (long)join_thread(threads[i]);
    SAY("threads are where their masks say: %ld", ok);
    SAY("and leave others alone: %d", mask_is(&mine));
}

static void fork_and_exec(const char *self, const cpu_set_t *one)
{
    char core[16];
    int status;
    pid_t pid = MUST(fork());

    if (!pid) {
        cpu_set_t all = mine;

        SAY("a child has its parent's: %d", mask_is(one));
        for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&all) > 1; i++)
            CPU_CLR(i, &all);
        MUST(sched_setaffinity(0, sizeof(all), &all));
        SAY("and may set another: %d", mask_is(&all));
        for (int i = 0; i < CPU_SETSIZE; i++)
            if (CPU_ISSET(i, &all))
                snprintf(core, sizeof(core), "%d", i);
        execl(self, self, core, NULL);
        _exit(1);
    }
    MUST(waitpid(pid, &status, 0));
    SAY("child: %d", status);
    SAY("the parent's is as it was: %d", mask_is(one));
}

static void of_a_child(const cpu_set_t *one)
{
    cpu_set_t seen;
    int go[2], status;
    char byte;
    pid_t pid;

    MUST(pipe(go));
    pid = MUST(fork());
    if (!pid) {
        MUST(read(go[0], &byte, 1));
        _exit(mask_is(&mine));
    }
    CHECK(sched_getaffinity(pid, sizeof(seen), &seen) == 0 && CPU_EQUAL(&seen, one));
    MUST(sched_setaffinity(pid, sizeof(mine), &mine));
    CHECK(sched_getaffinity(pid, sizeof(seen), &seen) == 0 && CPU_EQUAL(&seen, &mine));
    MUST(write(go[1], "", 1));
    MUST(waitpid(pid, &status, 0));
    SAY("a parent sets its child's: %d", WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
    cpu_set_t one;
    int core = 0;

    CPU_ZERO(&one);
    if (argc > 1) {
        CPU_SET(atoi(argv[1]), &one);
        SAY("exec keeps it: %d", mask_is(&one));
        return 0;
    }
    MUST(sched_getaffinity(0, sizeof(mine), &mine));
    of_each_its_own();
    while (!CPU_ISSET(core, &mine))
        core++;
    CPU_SET(core, &one);
    MUST(sched_setaffinity(0, sizeof(one), &one));
    join_thread(start_thread(inherits, &one));
    fork_and_exec(argv[0], &one);
    of_a_child(&one);
    return 0;
}
