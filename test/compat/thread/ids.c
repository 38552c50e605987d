/* One pid for all threads, one tid for each; the main thread's tid is the pid. */
#include "compat.h"

enum {
    THREADS = 20
};
static pthread_barrier_t barrier;
static pid_t tids[THREADS];

static void *work(void *arg)
{
    CHECK(getpid() == syscall(SYS_getpid));
    CHECK(gettid() == syscall(SYS_gettid));
    CHECK(gettid() != getpid());
    tids[(long)arg] = gettid();
    pthread_barrier_wait(&barrier);
    CHECK(syscall(SYS_tgkill, getpid(), tids[((long)arg + 1) % THREADS], 0) == 0);
    pthread_barrier_wait(&barrier);
    return (void *)(long)getpid();
}

int main(void)
{
    pthread_t threads[THREADS];

    CHECK(getpid() == gettid() && getpid() > 0 && getppid() >= 0);
    pthread_barrier_init(&barrier, NULL, THREADS);
    for (long i = 0; i < THREADS; i++)
        threads[i] = start_thread(work, (void *)i);
    for (int i = 0; i < THREADS; i++)
        CHECK((long)join_thread(threads[i]) == getpid());
    for (int i = 0; i < THREADS; i++)
        for (int j = 0; j < i; j++)
            CHECK(tids[i] != tids[j]);
    SHOW(syscall(SYS_tgkill, getpid(), 0, 0));
    SHOW(syscall(SYS_tgkill, getpid(), 0x3fffffff, 0));
    SHOW(syscall(SYS_tgkill, getpid(), gettid(), 65));
    return 0;
}
