/*
 * fork(2) in a thread: that thread alone is in the child, as its main thread, with its stack, its
 * thread-local variables and its signal mask; it may start and join new ones.
 *
 * variants: glibc musl static
 */
#include "fork.h"

static __thread int local;
static struct gate hold;

static void *wait_for_ever(void *arg)
{
    gate_wait(hold);
    return arg;
}

static void *add_one(void *arg)
{
    ++*(int *)arg;
    return arg;
}

static void *forks(void *arg)
{
    sigset_t set;
    int number = 6;
    pid_t pid;

    local = 5;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    pid = must_fork();
    if (pid == 0) {
        CHECK(getpid() == syscall(SYS_gettid));
        sigemptyset(&set);
        pthread_sigmask(SIG_BLOCK, NULL, &set);
        SAY("child: local %d, masked %d", local, sigismember(&set, SIGUSR2));
        join_thread(start_thread(add_one, &number));
        SAY("child: number %d", number);
        exit(11); /* from a thread that the library does not know as the first */
    }
    reap("child", pid);
    return arg;
}

int main(void)
{
    pthread_t others[4];

    hold = gate_new();
    for (int i = 0; i < 4; i++)
        others[i] = start_thread(wait_for_ever, NULL);
    local = 1;
    join_thread(start_thread(forks, NULL));
    SAY("parent: local %d", local);
    for (int i = 0; i < 4; i++)
        gate_open(hold);
    for (int i = 0; i < 4; i++)
        join_thread(others[i]);
    return 0;
}
