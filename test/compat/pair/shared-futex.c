/*
 * Two programs meet on a futex, a mutex and a condition in a file that both have mapped.
 *
 * roles: first second
 */
#include "echo.h"
#include <sys/mman.h>

struct shared {
    volatile int ready;
    pthread_mutex_t mutex;
    pthread_cond_t turned;
    int turn;
};

enum {
    TURNS = 200
};

static struct shared *map(void)
{
    int fd = MUST(open("shared", O_RDWR | O_CREAT, 0600));
    struct shared *shared;

    MUST(ftruncate(fd, sizeof(*shared)));
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(shared != MAP_FAILED);
    return shared;
}

static void init(struct shared *shared)
{
    pthread_mutexattr_t mutex;
    pthread_condattr_t cond;

    pthread_mutexattr_init(&mutex);
    pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&mutex, PTHREAD_MUTEX_ROBUST);
    pthread_condattr_init(&cond);
    pthread_condattr_setpshared(&cond, PTHREAD_PROCESS_SHARED);
    CHECK(pthread_mutex_init(&shared->mutex, &mutex) == 0);
    CHECK(pthread_cond_init(&shared->turned, &cond) == 0);
    shared->ready = 1;
    MUST(syscall(SYS_futex, &shared->ready, 1 /* FUTEX_WAKE */, 1));
}

int main(int argc, char **argv)
{
    bool first = is_role(argc, argv, "first");
    struct shared *shared = map();

    if (first)
        init(shared);
    while (!shared->ready)
        syscall(SYS_futex, &shared->ready, 0 /* FUTEX_WAIT */, 0, NULL);
    CHECK(pthread_mutex_lock(&shared->mutex) == 0);
    for (int i = 0; i < TURNS; i++) {
        while (shared->turn % 2 != first)
            pthread_cond_wait(&shared->turned, &shared->mutex);
        shared->turn++;
        pthread_cond_signal(&shared->turned);
    }
    if (first) {
        while (shared->turn != 2 * TURNS)
            pthread_cond_wait(&shared->turned, &shared->mutex);
        SAY("%d turns", shared->turn);
        return 0; /* with the mutex locked, or a last look by the second */
    }
    pthread_mutex_unlock(&shared->mutex);
    SAY("done");
    return 0;
}
