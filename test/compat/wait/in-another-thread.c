/* wait(2) in one thread for children that others forked; each child is told to one waiter only. */
#include "../fork/fork.h"

enum {
    CHILDREN = 12,
    WAITERS = 3
};

static int reaped, errors;
static struct gate hold;

static void *waits(void *arg)
{
    int status;

    (void)arg;
    while (wait(&status) > 0)
        __atomic_fetch_add(&reaped, WEXITSTATUS(status), __ATOMIC_RELAXED);
    if (errno == ECHILD)
        __atomic_fetch_add(&errors, 1, __ATOMIC_RELAXED);
    return NULL;
}

static void *forks(void *arg)
{
    (void)arg;
    for (int i = 0; i < CHILDREN; i++) {
        pid_t pid = must_fork();

        if (pid == 0) {
            gate_wait(hold);
            _exit(1);
        }
    }
    return NULL;
}

int main(void)
{
    pthread_t waiters[WAITERS];

    hold = gate_new();
    join_thread(start_thread(forks, NULL));
    for (int i = 0; i < WAITERS; i++)
        waiters[i] = start_thread(waits, NULL);
    for (int i = 0; i < CHILDREN; i++)
        gate_open(hold);
    for (int i = 0; i < WAITERS; i++)
        join_thread(waiters[i]);
    SAY("%d reaped, %d without more", reaped, errors);
    return 0;
}
