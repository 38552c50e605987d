/*
 * One program stops the other, which makes no progress until SIGCONT; its interrupted calls go on
 * as if nothing had been. Signals with values arrive in order; SIGKILL ends it.
 *
 * roles: sleeper master
 * exit: 137
 */
#include "echo.h"
#include <poll.h>
#include <sys/mman.h>

/* In a file that both map: the sleeper counts, the master looks. */
struct shared {
    volatile int pid, count, values, continued;
};

static struct shared *shared;

static struct shared *map_shared(void)
{
    int fd = MUST(open("shared", O_RDWR | O_CREAT, 0600));
    void *memory;

    MUST(ftruncate(fd, 4096));
    memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(memory != MAP_FAILED);
    return memory;
}

static void on_value(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    (void)context;
    CHECK(info->si_code == SI_QUEUE && info->si_pid != getpid());
    shared->values = shared->values * 10 + info->si_value.sival_int;
}

static void on_continue(int sig)
{
    (void)sig;
    shared->continued++;
}

/* Takes no signals: they are to be handled one after the other. */
static void *count(void *arg)
{
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    for (;;)
        shared->count++;
    return arg;
}

static void sleeper(void)
{
    struct sigaction sa = {.sa_sigaction = on_value, .sa_flags = SA_SIGINFO | SA_RESTART};
    struct timespec much = {100, 0};
    pthread_t thread;

    MUST(sigaction(SIGRTMIN, &sa, NULL));
    on_signal(SIGCONT, on_continue, SA_RESTART);
    MUST(pthread_create(&thread, NULL, count, NULL));
    shared->pid = getpid();
    for (;;)
        nanosleep(&much, NULL);
}

static void wait_until(volatile int *what, int least)
{
    while (*what < least)
        sleep_ms(1);
}

int main(int argc, char **argv)
{
    int before;
    pid_t pid;

    shared = map_shared();
    if (is_role(argc, argv, "sleeper"))
        sleeper();
    wait_until(&shared->pid, 1);
    pid = shared->pid;
    wait_until(&shared->count, 1);
    for (int i = 1; i <= 5; i++)
        MUST(sigqueue(pid, SIGRTMIN, (union sigval){.sival_int = i}));
    wait_until(&shared->values, 12345);
    SAY("values %d", shared->values);
    SHOW(kill(pid, SIGSTOP));
    sleep_ms(50);
    before = shared->count;
    MUST(sigqueue(pid, SIGRTMIN, (union sigval){.sival_int = 6}));
    sleep_ms(50);
    SHOW(shared->count == before);
    SAY("stopped: values %d", shared->values);
    SHOW(kill(pid, SIGCONT));
    wait_until(&shared->values, 123456);
    wait_until(&shared->continued, 1);
    wait_until(&shared->count, before + 1);
    SAY("continued");
    SHOW(kill(pid, SIGSTOP));
    SHOW(kill(pid, SIGKILL));
    return 0;
}
