/*
 * fork(2) while other threads allocate, lock and write: the child finds the C library usable (its
 * own locks are reset), and the parent's threads go on.
 */
#include "fork.h"

static volatile bool stop;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *busy(void *arg)
{
    unsigned long *rounds = arg;

    while (!stop) {
        void *p = malloc(64 + *rounds % 4096);

        pthread_mutex_lock(&mutex);
        ++*rounds;
        pthread_mutex_unlock(&mutex);
        free(p);
        if (*rounds % 64 == 0)
            sched_yield();
    }
    return NULL;
}

int main(void)
{
    unsigned long rounds[3] = {0};
    pthread_t threads[3];
    int ended = 0;

    for (int i = 0; i < 3; i++)
        threads[i] = start_thread(busy, &rounds[i]);
    for (int i = 0; i < 10; i++) {
        pid_t pid = must_fork();
        int status;

        if (pid == 0) {
            for (int j = 0; j < 100; j++)
                free(malloc(j * 100));
            exit(i);
        }
        CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
        ended += WEXITSTATUS(status) == i;
    }
    stop = true;
    for (int i = 0; i < 3; i++)
        join_thread(threads[i]);
    SAY("%d children", ended);
    return 0;
}
