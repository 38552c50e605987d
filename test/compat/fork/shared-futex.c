/*
 * Mutexes, condition variables and semaphores that are shared between processes
 * (PTHREAD_PROCESS_SHARED, pshared of sem_init(3)) work in memory that parent and child share:
 * waits in one process are ended by the other.
 *
 * variants: glibc musl
 */
#include "compat.h"

#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum {
    ROUNDS = 200,
    CHILDREN = 3,
};

struct shared {
    sem_t ping, pong;
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    int turn, counter;
};

static void pong(struct shared *s)
{
    for (int i = 0; i < ROUNDS; i++) {
        MUST(sem_wait(&s->ping));
        s->counter++;
        MUST(sem_post(&s->pong));
    }
}

static void count(struct shared *s, int own)
{
    for (int i = 0; i < ROUNDS; i++) {
        MUST(pthread_mutex_lock(&s->mutex));
        while (s->turn != own)
            MUST(pthread_cond_wait(&s->cond, &s->mutex));
        s->turn = (s->turn + 1) % CHILDREN;
        s->counter++;
        MUST(pthread_cond_broadcast(&s->cond));
        MUST(pthread_mutex_unlock(&s->mutex));
    }
}

static void init(struct shared *s)
{
    pthread_mutexattr_t mutex;
    pthread_condattr_t cond;

    MUST(sem_init(&s->ping, 1, 0));
    MUST(sem_init(&s->pong, 1, 0));
    pthread_mutexattr_init(&mutex);
    pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&s->mutex, &mutex);
    pthread_condattr_init(&cond);
    pthread_condattr_setpshared(&cond, PTHREAD_PROCESS_SHARED);
    pthread_cond_init(&s->cond, &cond);
}

int main(void)
{
    struct shared *s =
        mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status;

    init(s);
    if (!MUST(fork())) {
        pong(s);
        _exit(0);
    }
    for (int i = 0; i < ROUNDS; i++) {
        MUST(sem_post(&s->ping));
        MUST(sem_wait(&s->pong));
    }
    MUST(wait(&status));
    SHOW(status);
    SHOW(s->counter);

    s->counter = 0;
    for (int i = 0; i < CHILDREN; i++) {
        if (!MUST(fork())) {
            count(s, i);
            _exit(0);
        }
    }
    for (int i = 0; i < CHILDREN; i++)
        MUST(wait(&status));
    SHOW(s->counter);
    return 0;
}
